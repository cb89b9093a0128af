"""Danger reports (险情上报): many reports of one danger made one, judged by named people, ranked, drawn and watched for a rise."""

"""The situation (态势): one document for one screen, from province to shelter, that pages, sheets and reports are made from."""

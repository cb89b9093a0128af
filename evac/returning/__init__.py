"""Return (返回): who may go home by whose order, who must wait for which look, who cannot go home, and the closing of the event."""

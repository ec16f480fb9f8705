"""SIGKILL at random and at the worst instants; judged from the vendor's bill and the bytes on disk alone."""

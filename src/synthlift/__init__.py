"""Does synthetic data lift my classifier, by how much, and can I trust that number?"""

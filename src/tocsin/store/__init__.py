"""Tables, engine and one file of queries per noun."""

"""How well search answers: labelled questions over a company always the same."""

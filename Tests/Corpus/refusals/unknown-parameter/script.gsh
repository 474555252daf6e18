?- company($nmae).

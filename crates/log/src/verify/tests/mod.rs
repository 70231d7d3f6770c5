mod flips;
mod forgeries;
mod whole;

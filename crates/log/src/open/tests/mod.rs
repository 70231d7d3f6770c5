mod answers;
mod directories;
mod distrust;
mod lazy;
mod lost;
mod refusals;
mod stores;

mod answers;
mod directories;
mod distrust;
mod lost;
mod refusals;
mod stores;

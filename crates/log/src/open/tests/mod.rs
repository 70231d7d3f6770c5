mod answers;
mod directories;
mod distrust;
mod foreign;
mod lazy;
mod lost;
mod refusals;
mod stores;

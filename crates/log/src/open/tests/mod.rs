mod answers;
mod refusals;
mod stores;

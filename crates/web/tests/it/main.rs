//! The pages over a real ledger: drawn whole, walked through link by link, attacked.

mod acts;
mod crawl;
mod desk;
mod html;
mod pages;
mod safety;

//! Whatever `hostile` does, its own trigger gets a clear reason and its neighbours nothing.

#[macro_use]
#[path = "../behaviours.rs"]
mod behaviours;

mod contained {
    macro_rules! for_each {
        ($($name:ident),+ $(,)?) => {
            $(mod $name;)+

            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    $name::is_contained().await;
                }
            )+
        };
    }

    behaviours!(for_each);
}

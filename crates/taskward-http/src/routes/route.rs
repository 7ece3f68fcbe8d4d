//! A path with its handlers, and apart from them their documentation, which takes megabytes to make and is needed only to
//! write the API's description.

use axum::routing::MethodRouter;
use utoipa_axum::router::UtoipaMethodRouter;

use crate::state::SharedState;

pub(crate) struct Route {
    /// Below the prefix of the user, if it is one of theirs.
    pub(crate) path: String,
    pub(crate) methods: MethodRouter<SharedState>,
    /// Makes the documentation.
    pub(crate) describe: fn() -> UtoipaMethodRouter<SharedState>,
}

/// The route of handlers of one path, each named with its module (`self` for this one). Path and methods are those of their
/// `utoipa::path` attributes.
macro_rules! route {
    ($($module:ident :: $handler:ident),+ $(,)?) => {
        utoipa_axum::paste! {
            $crate::routes::route::Route {
                path: [$(<$module::[<__path_ $handler>] as utoipa::Path>::path()),+]
                    .into_iter()
                    .next()
                    .unwrap_or_default(),
                methods: {
                    use utoipa_axum::PathItemExt as _;
                    let methods = axum::routing::MethodRouter::new();
                    $(let methods = <$module::[<__path_ $handler>] as utoipa::Path>::methods()
                        .into_iter()
                        .fold(methods, |methods, method| {
                            methods.on(method.to_method_filter(), $module::$handler)
                        });)+
                    methods
                },
                describe: || utoipa_axum::routes!($($module::$handler),+),
            }
        }
    };
}

pub(crate) use route;

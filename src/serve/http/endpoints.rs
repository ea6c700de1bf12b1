//! The three pages.

use actix_web::{HttpResponse, get, http::StatusCode, web};

use crate::{
    metrics,
    serve::health::{Health, Stage},
};

/// The metrics in Prometheus's text format.
#[get("/metrics")]
async fn scrape() -> HttpResponse {
    // Samplers read the store: not on the thread that answers others.
    match web::block(metrics::render).await {
        Ok(Ok((content_type, text))) => HttpResponse::Ok().content_type(content_type).body(text),
        _ => HttpResponse::InternalServerError().body("the metrics could not be rendered\n"),
    }
}

/// 200 while the process and its committer live, 503 otherwise.
#[get("/healthz")]
async fn alive(health: web::Data<Health>) -> HttpResponse {
    if health.is_alive() {
        page(StatusCode::OK, "ok")
    } else {
        page(StatusCode::SERVICE_UNAVAILABLE, "the committer does not answer")
    }
}

/// 200 while connections are served: recovered, alive, not draining.
#[get("/readyz")]
async fn ready(health: web::Data<Health>) -> HttpResponse {
    match health.stage() {
        Stage::Ready if health.is_alive() => page(StatusCode::OK, "ready"),
        Stage::Ready => page(StatusCode::SERVICE_UNAVAILABLE, "the committer does not answer"),
        Stage::Starting => page(StatusCode::SERVICE_UNAVAILABLE, "starting"),
        Stage::Draining => page(StatusCode::SERVICE_UNAVAILABLE, "draining"),
    }
}

fn page(status: StatusCode, text: &str) -> HttpResponse {
    HttpResponse::build(status)
        .content_type("text/plain; charset=utf-8")
        .insert_header(("Cache-Control", "no-store"))
        .body(format!("{text}\n"))
}

pub fn routes(services: &mut web::ServiceConfig) {
    services.service(scrape).service(alive).service(ready);
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    };

    use actix_web::{App, test as calls};

    use super::*;

    #[test]
    fn pages_tell_life_readiness_and_metrics() {
        actix_web::rt::System::new().block_on(async {
            let beats = Arc::new(AtomicBool::new(true));
            let heart = beats.clone();
            let health = Health::new(move || heart.load(Ordering::SeqCst));
            let app = App::new().app_data(web::Data::new(health.clone())).configure(routes);
            let app = calls::init_service(app).await;
            let status = async |path: &str| {
                let request = calls::TestRequest::get().uri(path).to_request();
                calls::call_service(&app, request).await.status().as_u16()
            };
            assert_eq!((status("/healthz").await, status("/readyz").await), (200, 503));
            health.set(Stage::Ready);
            assert_eq!(status("/readyz").await, 200);
            beats.store(false, Ordering::SeqCst);
            assert_eq!((status("/healthz").await, status("/readyz").await), (503, 503));
            beats.store(true, Ordering::SeqCst);
            health.set(Stage::Draining);
            assert_eq!((status("/healthz").await, status("/readyz").await), (200, 503));
            assert_eq!((status("/metrics").await, status("/admin").await), (200, 404));
        });
    }
}

//! What the edge says about itself: its operations, its OpenAPI description, its console.

use std::{collections::BTreeMap, sync::OnceLock};

use countersign::{
    endpoint::Operation,
    http::ContentKind,
    uri_template::{self, Piece},
    vendors::{self, Vendor},
};
use serde_json::{Map, Value, json};

use crate::{config::Config, problem::Kind};

/// Every operation of every vendor, as a JSON array.
pub fn operations() -> &'static str {
    static JSON: OnceLock<String> = OnceLock::new();
    JSON.get_or_init(|| {
        let rows = vendors::VENDORS.iter().flat_map(|vendor| vendor.operations()).map(describe);
        Value::Array(rows.collect()).to_string()
    })
}

/// The facts of an operation under the names the npm package uses.
fn describe(operation: &Operation) -> Value {
    json!({
        "vendor": operation.vendor,
        "id": operation.id,
        "route": operation.route(),
        "resource": operation.resource,
        "action": operation.action,
        "auth": operation.auth,
        "paging": operation.paging,
        "retry": operation.retry,
        "consumes": operation.consumes,
        "produces": operation.produces,
        "summary": operation.summary,
        "doc": operation.doc,
    })
}

/// What the console needs, or `None` if there is no console.
pub fn console(config: &Config) -> Option<String> {
    let console = config.console.as_ref()?;
    let issuer = config.issuers.get(&console.issuer)?;
    let connection = config.connections.get(&console.connection)?;
    let told = json!({
        "issuer": issuer.issuer,
        "audience": issuer.audience,
        "authorize_url": console.authorize_url,
        "token_url": console.token_url,
        "client_id": console.client_id,
        "connection": console.connection,
        "vendor": connection.vendor.name,
    });
    Some(told.to_string())
}

/// The OpenAPI 3.1 description of the edge.
pub fn openapi() -> &'static str {
    static JSON: OnceLock<String> = OnceLock::new();
    JSON.get_or_init(|| {
        let mut paths = own_paths();
        for vendor in vendors::VENDORS {
            for operation in vendor.operations() {
                add_operation(vendor, operation, &mut paths);
            }
        }
        let description = json!({
            "openapi": "3.1.0",
            "info": {
                "title": "countersign edge",
                "version": env!("CARGO_PKG_VERSION"),
                "description": "Exchanges tokens, passes vendor calls on with the connection's credential, keeps webhooks as events.",
                "license": {"name": "Apache-2.0 OR MIT"},
            },
            "paths": paths,
            "components": {
                "securitySchemes": {"edgeToken": {"type": "http", "scheme": "bearer", "description": "An access token from /oauth/token."}},
                "responses": {"Problem": problem_response()},
                "schemas": {"Problem": problem_schema()},
            },
        });
        description.to_string()
    })
}

fn add_operation(vendor: &Vendor, operation: &Operation, paths: &mut BTreeMap<String, Map<String, Value>>) {
    let path = format!("/v/{{connection}}{}", uri_template::path_of(operation.template));
    let mut parameters = vec![connection_parameter()];
    parameters.extend(uri_template::pieces(operation.template).into_iter().filter_map(|piece| match piece {
        Piece::Literal(_) => None,
        Piece::Path(name) => Some(json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}})),
        Piece::Query { name, .. } => Some(json!({"name": name, "in": "query", "schema": {"type": "string"}})),
    }));
    let mut described = json!({
        "operationId": format!("{}.{}", vendor.name, operation.id),
        "tags": [format!("{}: {}", vendor.title, operation.resource)],
        "summary": operation.summary,
        "externalDocs": {"url": operation.doc},
        "security": [{"edgeToken": [operation.scope()]}],
        "parameters": parameters,
        "responses": {
            "2XX": {"description": "The vendor's answer, untouched.", "content": content(operation.produces)},
            "default": {"description": "The vendor's refusal, untouched, or a problem of the edge.",
                        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}, "*/*": {}}},
        },
    });
    if let Some(members) = described.as_object_mut().filter(|_| operation.consumes != ContentKind::Empty) {
        members.insert("requestBody".into(), json!({"content": content(operation.consumes)}));
    }
    let method = operation.method.as_str().to_ascii_lowercase();
    paths.entry(path).or_default().insert(method, described);
}

fn own_paths() -> BTreeMap<String, Map<String, Value>> {
    let get = |summary: &str, description: &str| json!({"get": {"summary": summary, "responses": {"200": {"description": description}, "503": {"$ref": "#/components/responses/Problem"}}}});
    let own = [
        ("/oauth/token", exchange_path()),
        ("/webhooks/{connection}", webhook_path()),
        ("/events/{connection}", events_path()),
        ("/operations", get("Lists every operation", "The operations of all vendors.")),
        ("/openapi.json", get("Describes the edge", "This description.")),
        ("/console.json", get("Tells the console where people sign in", "Issuer, client and connection.")),
        ("/healthz", get("Says that the edge runs", "It runs.")),
        ("/readyz", get("Says whether the edge is configured", "It is.")),
    ];
    own.into_iter().map(|(path, item)| (path.to_owned(), item.as_object().cloned().unwrap_or_default())).collect()
}

fn exchange_path() -> Value {
    let answer = json!({"type": "object", "required": ["access_token", "issued_token_type", "token_type", "expires_in"],
        "properties": {"access_token": {"type": "string"}, "issued_token_type": {"type": "string"},
                       "token_type": {"const": "Bearer"}, "expires_in": {"type": "integer"}, "scope": {"type": "string"}}});
    let refusal = json!({"type": "object", "required": ["error"],
        "properties": {"error": {"type": "string"}, "error_description": {"type": "string"}}});
    let form = json!({"type": "object", "required": ["grant_type", "subject_token", "subject_token_type", "audience"],
        "properties": {"grant_type": {"const": "urn:ietf:params:oauth:grant-type:token-exchange"},
                       "subject_token": {"type": "string"}, "subject_token_type": {"type": "string"},
                       "audience": {"type": "string"}, "scope": {"type": "string"}}});
    json!({"post": {
        "summary": "Exchanges the app's own login for a short-lived token for one connection (RFC 8693)",
        "requestBody": {"required": true, "content": {"application/x-www-form-urlencoded": {"schema": form}}},
        "responses": {
            "200": {"description": "The token.", "content": {"application/json": {"schema": answer}}},
            "400": {"description": "An OAuth error (RFC 6749, 5.2).", "content": {"application/json": {"schema": refusal}}},
            "413": {"$ref": "#/components/responses/Problem"},
            "503": {"description": "The issuer cannot be reached, or the edge is not configured.",
                    "content": {"application/json": {"schema": refusal},
                                "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}},
        },
    }})
}

fn webhook_path() -> Value {
    json!({"post": {
        "summary": "Takes a vendor's webhook; it is stored before the answer",
        "parameters": [connection_parameter()],
        "requestBody": {"content": {"application/json": {}}},
        "responses": {"202": {"description": "Stored."}, "200": {"description": "Stored before."},
                      "default": {"$ref": "#/components/responses/Problem"}},
    }})
}

fn events_path() -> Value {
    let query = |name: &str| json!({"name": name, "in": "query", "schema": {"type": "integer", "minimum": 0}});
    json!({"get": {
        "summary": "Lists the stored events in order; with `/live` appended, a WebSocket of the same",
        "security": [{"edgeToken": ["events:read_many"]}],
        "parameters": [connection_parameter(), query("after"), query("limit")],
        "responses": {"200": {"description": "CloudEvents after the given sequence number."},
                      "default": {"$ref": "#/components/responses/Problem"}},
    }})
}

fn connection_parameter() -> Value {
    json!({"name": "connection", "in": "path", "required": true, "schema": {"type": "string"}})
}

fn problem_response() -> Value {
    json!({"description": "What is wrong and what to do (RFC 9457).",
           "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}})
}

fn problem_schema() -> Value {
    let types: Vec<_> = Kind::ALL.iter().map(|kind| kind.uri()).collect();
    json!({"type": "object", "required": ["type", "title", "status", "detail"],
           "properties": {"type": {"type": "string", "enum": types}, "title": {"type": "string"},
                          "status": {"type": "integer"}, "detail": {"type": "string"}}})
}

fn content(kind: ContentKind) -> Value {
    match kind {
        ContentKind::Empty => json!({}),
        ContentKind::Json => json!({"application/json": {}}),
        ContentKind::Multipart => json!({"multipart/form-data": {}}),
        ContentKind::Form => json!({"application/x-www-form-urlencoded": {}}),
        ContentKind::Text => json!({"text/plain": {}}),
        ContentKind::Binary => json!({"*/*": {}}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_description_has_every_operation() {
        let description: Value = serde_json::from_str(openapi()).expect("JSON");
        let described = description["paths"].as_object().expect("paths").values();
        let ids = described
            .flat_map(|item| item.as_object().expect("an item").values())
            .filter_map(|it| it["operationId"].as_str());
        let catalogue: usize = vendors::VENDORS.iter().map(|vendor| vendor.operations().count()).sum();
        assert_eq!(ids.count(), catalogue);
    }

    #[test]
    fn the_catalogue_lists_what_the_package_lists() {
        let rows: Vec<Value> = serde_json::from_str(operations()).expect("JSON");
        let note = rows.iter().find(|row| row["id"] == "UpdateNote").expect("UpdateNote");
        assert_eq!(note["route"], "PUT /DST/{id}/note/{noteId}");
        assert_eq!(note["retry"], "safe");
    }
}

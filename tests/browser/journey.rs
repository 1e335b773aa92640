//! A document's way through the edge: created, listed, noted, downloaded.

use countersign::{
    error::Origin,
    vendors::signing_today::{
        dst_documents::{FillableForm, FormType, SignProfile, SignatureRequest, Signer, SignersGroup},
        dst_notes::{CreateNote, ListNotes, Note},
        dsts::{Dst, GetDst, ListDsts},
        ids::DstId,
        resources::{DownloadResource, ResourceType},
        robot_dsts::{CreateRobotDst, DocumentSource, NewDocument, NewDst, NewDstStatus, NewResource},
    },
};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::place::signed_in;

const PDF: &[u8] =
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\nxref\n0 4\n0000000000 65535 f \n0000000009 00000 n \n\
0000000054 00000 n \n0000000105 00000 n \ntrailer<</Size 4/Root 1 0 R>>\nstartxref\n165\n%%EOF\n";

/// A transaction with one signer, started at once.
pub(crate) fn submission(title: &str) -> CreateRobotDst {
    let signer = Signer {
        id: Some(1),
        name: Some("Grace".into()),
        surname: Some("Hopper".into()),
        email: Some("grace@demo.example".into()),
        phone: Some("+39 055 000000".into()),
        role: Some("Signer".into()),
        ..Signer::default()
    };
    let form = FillableForm {
        id: Some(1),
        document_id: Some(0),
        form_type: Some(FormType::SignatureForm),
        position_x: Some(10.0),
        position_y: Some(80.0),
        width: Some(30.0),
        height: Some(8.0),
        page: Some(1),
        signer_id: Some(1),
        to_fill: Some(false),
        invisible: Some(false),
        extra_data: serde_json::json!({"signatureRequestId": 1}).as_object().cloned(),
        ..FillableForm::default()
    };
    let signature = SignatureRequest {
        id: Some(1),
        reason: Some("Agreement".into()),
        description: Some("The only one".into()),
        signer_id: Some(1),
        sign_profile: Some(SignProfile::Pades),
        with_timestamp: Some(true),
        declinable: Some(true),
        ..SignatureRequest::default()
    };
    let resource = NewResource {
        filename: Some("contract.pdf".into()),
        resource_type: Some(ResourceType::PdfDocument),
        title: Some("Contract".into()),
        source: Some(DocumentSource::embedded(PDF)),
        ..NewResource::default()
    };
    let document = NewDocument {
        resource: Some(resource),
        forms: Some(vec![form]),
        signature_requests: Some(vec![signature]),
        signer_groups: Some(vec![SignersGroup {
            label: Some("Group 1".into()),
            signers: Some(vec![signer]),
            ..SignersGroup::default()
        }]),
        ..NewDocument::default()
    };
    CreateRobotDst {
        body: NewDst {
            title: Some(title.into()),
            documents: Some(vec![document]),
            status: Some(NewDstStatus::Published),
            template: Some(false),
            public_template: Some(false),
            urgent: Some(false),
            ..NewDst::default()
        },
    }
}

fn id_of(dst: &Dst) -> DstId {
    dst.id.clone().expect("a created transaction has an id")
}

#[wasm_bindgen_test]
async fn a_document_is_created_and_read_back() {
    let client = signed_in().await;
    let created = client.send(&submission("Browser: create")).await.expect("a transaction");
    let id = id_of(&created);
    let read = client.send(&GetDst { id: id.clone() }).await.expect("the transaction");
    assert_eq!(read.id, Some(id));
    assert_eq!(read.title.as_deref(), Some("Browser: create"));
}

#[wasm_bindgen_test]
async fn its_file_comes_back_as_bytes() {
    let client = signed_in().await;
    let created = client.send(&submission("Browser: download")).await.expect("a transaction");
    let dst = client.send(&GetDst { id: id_of(&created) }).await.expect("the transaction");
    let file = dst.resources.into_iter().flatten().find_map(|resource| resource.id).expect("a file");
    let document = client.send(&DownloadResource { id: file }).await.expect("the document");
    assert!(document.bytes.starts_with(b"%PDF"));
    assert!(document.media_type.is_some());
}

#[wasm_bindgen_test]
async fn a_note_keeps_its_letters() {
    let client = signed_in().await;
    let id = id_of(&client.send(&submission("Browser: note")).await.expect("a transaction"));
    let note = Note { text: Some("Ünïcödé ✓ & \"quotes\"".into()), ..Note::default() };
    client.send(&CreateNote { id: id.clone(), body: note.clone() }).await.expect("a note");
    let notes = client.send(&ListNotes { id }).await.expect("the notes");
    assert_eq!(notes.first().and_then(|note| note.text.clone()), note.text);
}

#[wasm_bindgen_test]
async fn a_list_is_walked_page_by_page() {
    let client = signed_in().await;
    for number in 0..3 {
        client.send(&submission(&format!("Browser: page {number}"))).await.expect("a transaction");
    }
    let mut pages = client.pages(&ListDsts { top: Some(2), ..ListDsts::default() });
    let first = pages.next().await.expect("a page").expect("a first page");
    let second = pages.next().await.expect("a page").expect("a second page");
    assert_eq!(first.len(), 2);
    assert!(!second.is_empty());
    assert!(second.iter().all(|dst| first.iter().all(|other| other.id != dst.id)));
}

#[wasm_bindgen_test]
async fn what_does_not_exist_is_the_vendors_refusal() {
    let error = signed_in().await.send(&GetDst { id: "00000000-0000-0000-0000-000000000000".into() }).await;
    let error = error.expect_err("there is no such transaction");
    let refusal = error.api().expect("a refusal");
    assert_eq!(refusal.status, 404);
    assert_eq!(refusal.origin, Origin::Vendor);
}

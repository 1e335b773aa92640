//! Page pictures: not a rendering, but a page-like drawing that is the same for
//! the same page, as a JPEG.

use jpeg_encoder::{ColorType, Encoder};

/// Draws a page as wide as asked, with a seal if it is signed. `seed` makes pages differ.
pub(crate) fn jpeg(seed: &str, page: usize, width: u16, signed: bool) -> Option<Vec<u8>> {
    let width = width.clamp(16, 2000);
    let height = u16::try_from(u32::from(width) * 842 / 595).ok()?;
    let mut canvas = Canvas::new(width, height);
    canvas.fill([0.0, 0.0, 1.0, 1.0], [203, 207, 214]);
    canvas.fill([0.008, 0.006, 0.992, 0.994], [255, 255, 255]);
    canvas.fill([0.12, 0.08, 0.12 + 0.3 + f64::from(mix(seed, page, 0) % 30) / 100.0, 0.105], [52, 62, 84]);
    for line in 0..24u32 {
        let top = 0.16 + f64::from(line) * 0.029;
        let length = 0.45 + f64::from(mix(seed, page, line + 1) % 32) / 100.0;
        // Every few lines a paragraph ends.
        let length = if mix(seed, page, line + 99).is_multiple_of(6) { length / 3.0 } else { length };
        canvas.fill([0.12, top, 0.12 + length, top + 0.010], [176, 182, 194]);
    }
    if signed {
        canvas.fill([0.56, 0.87, 0.88, 0.94], [237, 244, 255]);
        canvas.fill([0.56, 0.87, 0.57, 0.94], [41, 89, 194]);
        canvas.fill([0.59, 0.888, 0.84, 0.9], [41, 89, 194]);
        canvas.fill([0.59, 0.912, 0.76, 0.92], [120, 140, 180]);
    }
    let mut out = Vec::new();
    Encoder::new(&mut out, 85).encode(&canvas.pixels, width, height, ColorType::Rgb).ok()?;
    Some(out)
}

struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Canvas {
    fn new(width: u16, height: u16) -> Canvas {
        let (width, height) = (usize::from(width), usize::from(height));
        Canvas { width, height, pixels: vec![0; width * height * 3] }
    }

    /// Fills a box given by its sides as fractions of the page.
    fn fill(&mut self, [left, top, right, bottom]: [f64; 4], color: [u8; 3]) {
        let across = |part: f64| ((part * self.width as f64) as usize).min(self.width);
        let down = |part: f64| ((part * self.height as f64) as usize).min(self.height);
        let (left, right, top, bottom) = (across(left), across(right), down(top), down(bottom).max(down(top) + 1));
        for row in self.pixels.chunks_exact_mut(self.width * 3).take(bottom).skip(top) {
            for pixel in row.chunks_exact_mut(3).take(right).skip(left) {
                pixel.copy_from_slice(&color);
            }
        }
    }
}

// FNV-1a: enough to make pages look unlike each other.
fn mix(seed: &str, page: usize, line: u32) -> u32 {
    let key = seed.bytes().chain(page.to_le_bytes()).chain(line.to_le_bytes());
    key.fold(2_166_136_261, |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(16_777_619))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thumbnail_is_a_jpeg_of_the_width_asked_for() {
        let picture = jpeg("a", 1, 200, true).unwrap();
        assert!(picture.starts_with(&[0xff, 0xd8]) && picture.ends_with(&[0xff, 0xd9]));
        let frame = picture.windows(2).position(|marker| marker == [0xff, 0xc0]).unwrap();
        assert_eq!(u16::from_be_bytes([picture[frame + 7], picture[frame + 8]]), 200);
        assert_ne!(picture, jpeg("a", 2, 200, true).unwrap());
    }
}

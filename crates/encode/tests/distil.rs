//! Static models of transformers with tiny random weights.

use std::path::{Path, PathBuf};

use ndarray::{ArrayView1, ArrayView2};
use wordferry_encode::{Distillation, Encoder, StaticEncoder, TokenWeights, Tokenizer, TransformerLoader};
use wordferry_vectors::NamedTensors;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/transformers").join(name)
}

fn distance(a: ArrayView1<'_, f32>, b: ArrayView1<'_, f32>) -> f32 {
    (&a - &b).mapv(|value| value * value).sum().sqrt()
}

/// Whether all rows are as far from each other as in the other matrix.
fn are_as_far<'a>(found: ArrayView2<'a, f32>, expected: ArrayView2<'a, f32>) {
    for i in 0..found.nrows() {
        for j in 0..i {
            let [a, b] = [found, expected].map(|rows| distance(rows.row(i), rows.row(j)));
            assert!((a - b).abs() < 1e-4, "{i} and {j}: {a} instead of {b}");
        }
    }
}

#[test]
fn all_components_keep_the_distances_of_tokens_by_themselves() {
    // Neither has anything after the network but the mean.
    for name in ["distilbert", "albert"] {
        let transformer = TransformerLoader::new().open(folder(name)).unwrap();
        let old = Tokenizer::open(&folder(name).join("tokenizer.json")).unwrap();
        let is_word =
            |token: &&String| token.chars().all(char::is_alphabetic) && old.ids(token).unwrap().len() == 1;
        let vocabulary = old.vocabulary();
        let mut words: Vec<&String> = vocabulary.keys().filter(is_word).collect();
        words.sort_unstable();
        let own = ["lampschte".to_owned()];
        let texts: Vec<&str> = words.iter().map(|word| word.as_str()).chain([own[0].as_str()]).collect();
        assert!(texts.len() > 20 && old.ids(&own[0]).unwrap().len() > 1);

        let distillation = Distillation { dimension: 999, weights: TokenWeights::None, words: own.to_vec() };
        let distilled = distillation.run(&transformer, &mut |_, _| {}).unwrap();
        assert_eq!((distilled.n_words(), distilled.dimension()), (1, transformer.dimension()));
        assert!((distilled.explained() - 1.0).abs() < 1e-9);
        let place = tempfile::tempdir().unwrap();
        let place = place.path().join("static");
        distilled.save(&place, "source").unwrap();

        let tensors = NamedTensors::open(&[place.join("model.safetensors")]).unwrap();
        let rows = tensors.matrix("embeddings", [distilled.n_tokens(), distilled.dimension()]).unwrap();
        let new = Tokenizer::open(&place.join("tokenizer.json")).unwrap();
        assert_eq!(new.vocabulary_size(), distilled.n_tokens());
        let ids: Vec<usize> = texts
            .iter()
            .map(|text| {
                let ids = new.ids(text).unwrap();
                assert_eq!(ids.len(), 1, "{text}");
                ids[0] as usize
            })
            .collect();
        assert_eq!(ids.last(), Some(&(distilled.n_tokens() - 1)));
        let found = rows.select(ndarray::Axis(0), &ids);
        are_as_far(found.view(), transformer.encode(&texts).unwrap().view());
        let special = new
            .vocabulary()
            .into_keys()
            .filter(|token| token.starts_with('[') && token.len() > 1)
            .collect::<Vec<_>>();
        assert!(special.iter().all(|token| ["[UNK]", "[PAD]"].contains(&&**token)), "{special:?}");
        assert_eq!(new.n_special(), 0);
    }
}

#[test]
fn texts_are_cut_as_before_and_weighed() {
    for name in ["bert", "distilbert", "roberta", "xlm-roberta", "mpnet", "albert"] {
        let transformer = TransformerLoader::new().open(folder(name)).unwrap();
        let rows = [TokenWeights::None, TokenWeights::Zipf].map(|weights| {
            let distillation = Distillation { weights, dimension: 4, ..Distillation::default() };
            let place = tempfile::tempdir().unwrap();
            let place = place.path().join("static");
            let distilled = distillation.run(&transformer, &mut |_, _| {}).unwrap();
            distilled.save(&place, "source").unwrap();
            let tensors = NamedTensors::open(&[place.join("model.safetensors")]).unwrap();
            let encoder = StaticEncoder::open(&place).unwrap();
            let row = encoder.encode(&["a good book"]).unwrap().row(0).to_owned();
            assert!((row.dot(&row) - 1.0).abs() < 1e-5, "{name}: {row}");
            let [old, new] =
                [folder(name), place].map(|folder| Tokenizer::open(&folder.join("tokenizer.json")).unwrap());
            let tokens = |tokenizer: &Tokenizer, text: &str| {
                let names = tokenizer.vocabulary();
                let of = |id: u32| names.iter().find(|(_, known)| **known == id).unwrap().0.clone();
                tokenizer.ids(text).unwrap().into_iter().map(of).collect::<Vec<_>>()
            };
            let text = " The good books, très bons!";
            assert_eq!(tokens(&new, text), tokens(&old, text), "{name}");
            tensors.matrix("embeddings", [distilled.n_tokens(), 4]).unwrap()
        });
        let last = rows[0].nrows() - 1;
        for (i, factor) in [(0, 2.0_f32.ln()), (last, ((last + 2) as f32).ln())] {
            let difference = distance((&rows[0].row(i) * factor).view(), rows[1].row(i));
            assert!(difference < 1e-4, "{name}: {difference}");
        }
    }
}

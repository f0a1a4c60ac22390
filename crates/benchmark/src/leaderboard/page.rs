//! A leaderboard in, one page of HTML out that needs nothing else.

use serde::Serialize;

const HTML: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/page.css");
/// In the order in which they need each other.
const SCRIPTS: [&str; 8] = [
    include_str!("page/data.js"),
    include_str!("page/elements.js"),
    include_str!("page/changes.js"),
    include_str!("page/table.js"),
    include_str!("page/map.js"),
    include_str!("page/plot.js"),
    include_str!("page/language.js"),
    include_str!("page/page.js"),
];

/// The page that shows `data`. What the template leaves open is filled from front to back, so that nothing is looked for in what was filled in.
pub(super) fn page(data: &impl Serialize) -> serde_json::Result<String> {
    let data = inert(&serde_json::to_string(data)?);
    let scripts = format!("(() => {{\n\"use strict\";\n{}}})();\n", SCRIPTS.concat());
    let mut page = String::with_capacity(HTML.len() + STYLE.len() + data.len() + scripts.len());
    let mut rest = HTML;
    for (mark, content) in [("{{style}}", STYLE), ("{{data}}", &data), ("{{scripts}}", &scripts)] {
        let (before, after) = rest.split_once(mark).unwrap_or((rest, ""));
        page.push_str(before);
        page.push_str(content);
        rest = after;
    }
    page.push_str(rest);
    Ok(page)
}

/// JSON that cannot end the script element that it stands in, nor begin a comment there; it reads as the same.
fn inert(json: &str) -> String {
    json.replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_stays_data() {
        for name in ["</script><b>", "<!--", "{{scripts}}", "\u{2028}\"\\"] {
            let page = page(&[name]).unwrap();
            let (_, after) = page.split_once("type=\"application/json\">").unwrap();
            let (data, _) = after.split_once("</script>").unwrap();
            assert_eq!(serde_json::from_str::<Vec<String>>(data).unwrap(), [name]);
        }
    }

    #[test]
    fn nothing_is_fetched() {
        let page = page(&()).unwrap();
        for outside in ["http:", "https:", "src=", "@import", "url(", "fetch(", "{{"] {
            let found = page.replace("http://www.w3.org/2000/svg", "");
            assert!(!found.contains(outside), "{outside}");
        }
    }
}

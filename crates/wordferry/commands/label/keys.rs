//! Keys of a terminal, or lines of stdin, in; answers out.

use std::io::{self, IsTerminal, Write};

use console::{Key, Term};

/// What a key means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// The label of the text, an index of the classes.
    Class(usize),
    /// Not this text.
    Skip,
    /// The last answer was wrong.
    Undo,
    /// Enough.
    Quit,
    /// Nothing that is known.
    Unknown(String),
}

/// Which key means what, and where keys come from.
pub(super) struct Keys {
    classes: Vec<String>,
    /// The letter of each class that has one of its own.
    letters: Vec<Option<char>>,
    terminal: Option<Term>,
}

impl Keys {
    pub(super) fn new(classes: &[String]) -> Self {
        let first = |class: &String| class.to_lowercase().chars().next();
        let letter = |class: &String| {
            let letter = first(class)?;
            let is_free = !['u', 's', 'q'].contains(&letter) && !letter.is_ascii_digit();
            let is_own = classes.iter().filter(|other| first(other) == Some(letter)).count() == 1;
            (is_free && is_own).then_some(letter)
        };
        let terminal = io::stdin().is_terminal().then(Term::stderr);
        Self { letters: classes.iter().map(letter).collect(), classes: classes.to_vec(), terminal }
    }

    /// All keys in a line.
    pub(super) fn legend(&self) -> String {
        let key = |(i, class): (usize, &String)| match self.letters[i] {
            Some(letter) => format!("{} or {letter}: {class}", i + 1),
            None => format!("{}: {class}", i + 1),
        };
        let classes: Vec<String> = self.classes.iter().enumerate().map(key).collect();
        format!("{}; s: skip, u: undo, q: save and quit", classes.join(", "))
    }

    /// Waits for an answer; the end of stdin is one.
    pub(super) fn read(&mut self) -> anyhow::Result<Answer> {
        match &self.terminal {
            Some(terminal) => Ok(self.answer(&match terminal.read_key()? {
                Key::Char(key) => key.to_string(),
                Key::Escape => "q".into(),
                Key::Backspace => "u".into(),
                key => format!("{key:?}"),
            })),
            None => {
                // Whoever waits for the question has to see it first.
                io::stdout().flush()?;
                let mut line = String::new();
                let n_bytes = io::stdin().read_line(&mut line)?;
                Ok(if n_bytes == 0 { Answer::Quit } else { self.answer(line.trim()) })
            }
        }
    }

    fn answer(&self, key: &str) -> Answer {
        let mut characters = key.chars();
        let only = characters.next().filter(|_| characters.next().is_none());
        let lower = only.and_then(|key| key.to_lowercase().next());
        match lower {
            Some('s') => return Answer::Skip,
            Some('u') => return Answer::Undo,
            Some('q') => return Answer::Quit,
            _ => {}
        }
        let by_number = || only?.to_digit(10)?.checked_sub(1).map(|number| number as usize);
        let by_letter = || self.letters.iter().position(|letter| letter.is_some() && *letter == lower);
        let by_name = || self.classes.iter().position(|class| class == key);
        let class =
            by_number().filter(|class| *class < self.classes.len()).or_else(by_letter).or_else(by_name);
        class.map_or_else(|| Answer::Unknown(key.to_owned()), Answer::Class)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_their_meanings() {
        let classes = ["ham", "spam", "hello", "other"].map(String::from);
        let keys = Keys::new(&classes);
        let check = |key: &str, expected: Answer| assert_eq!(keys.answer(key), expected, "{key}");
        check("1", Answer::Class(0));
        check("4", Answer::Class(3));
        check("O", Answer::Class(3));
        check("h", Answer::Unknown("h".into()));
        check("hello", Answer::Class(2));
        check("s", Answer::Skip);
        check("U", Answer::Undo);
        check("q", Answer::Quit);
        check("5", Answer::Unknown("5".into()));
        check("0", Answer::Unknown("0".into()));
        check("", Answer::Unknown(String::new()));
        assert_eq!(
            keys.legend(),
            "1: ham, 2: spam, 3: hello, 4 or o: other; s: skip, u: undo, q: save and quit"
        );
    }
}

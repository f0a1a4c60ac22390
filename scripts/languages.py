"""Regenerates data/languages.tsv: one row for each of the 294 languages that fastText has vectors of.

    pip install langcodes==3.5.1 language-data==1.4.0 python-iso639==2026.7.23
    pip install --no-deps urielplus==1.3.2 tensorflow-datasets==1.3.2
    python scripts/languages.py ../shared/data/languages > data/languages.tsv

The folder holds languages.tsv (codes, English names and collections, from fastText's pages) and muse_pairs.tsv. ISO 639-3 codes
are looked up in python-iso639 (SIL), own names and scripts in langcodes and language-data (CLDR), families in URIEL+
(Glottolog), the sizes of Wikipedias in tensorflow-datasets' list of dumps. The tables below say what those do not know, or know of another language of the same code.
"""

import csv
import importlib.util
import re
import sys
from collections import Counter
from pathlib import Path

import iso639
import langcodes

# Codes of Wikipedias that are not, or no longer, the ISO code of their language.
ISO = {
    "als": "gsw",  # als is Tosk Albanian
    "bat_smg": "sgs",
    "bh": "bho",  # a group of languages; the Wikipedia is Bhojpuri
    "cbk_zam": "cbk",
    "eml": "egl",  # retired: Emilian (egl) and Romagnol (rgn)
    "fiu_vro": "vro",
    "ku": "kmr",  # of the Kurdish languages, Kurmanji
    "map_bms": "jav",  # a dialect of Javanese
    "mo": "ron",  # retired: Romanian
    "nah": "nci",  # a group of languages; mostly Classical Nahuatl
    "nds_nl": "nds",
    "no": "nob",
    "nrm": "nrf",  # nrm is Narom
    "roa_rup": "rup",
    "roa_tara": "nap",  # without a code: near to Neapolitan
    "sh": "hbs",
    "simple": "eng",
    "zh_classical": "lzh",
    "zh_min_nan": "nan",
    "zh_yue": "yue",
}

# Scripts of Wikipedias that differ from the likeliest of their language.
SCRIPT = {
    "arc": "Syrc",
    "azb": "Arab",
    "crh": "Latn",
    "gan": "Hant",
    "hak": "Latn",
    "kaa": "Latn",
    "lad": "Latn",
    "map_bms": "Latn",
    "mo": "Cyrl",
    "nah": "Latn",
    "pi": "Deva",
    "sh": "Latn",
    "xal": "Cyrl",
    "zh_classical": "Hant",
    "zh_min_nan": "Latn",
}

# What speakers call their language, where CLDR does not say or speaks of a relative.
OWN = {
    "aa": "Qafar af", "ace": "Bahsa Acèh", "ady": "адыгабзэ", "ak": "Akan", "als": "Alemannisch", "arc": "ܐܪܡܝܐ",
    "arz": "مصرى", "av": "магӀарул мацӀ", "ay": "Aymar aru", "azb": "تۆرکجه", "bar": "Boarisch",
    "bat_smg": "žemaitėška", "bcl": "Bikol Central", "bh": "भोजपुरी", "bi": "Bislama", "bjn": "Bahasa Banjar",
    "bpy": "বিষ্ণুপ্রিয়া মণিপুরী", "bug": "Basa Ugi", "bxr": "буряад хэлэн", "cbk_zam": "Chavacano de Zamboanga",
    "cdo": "Mìng-dĕ̤ng-ngṳ̄", "ceb": "Sinugboanong Binisaya", "ch": "Finu' Chamoru", "chy": "Tsėhésenėstsestȯtse", "cr": "ᓀᐦᐃᔭᐍᐏᐣ",
    "crh": "qırımtatarca", "csb": "kaszëbsczi", "cu": "словѣньскъ", "diq": "Zazaki", "dv": "ދިވެހި",
    "eml": "emiliân e rumagnôl", "ext": "estremeñu", "ff": "Fulfulde", "fiu_vro": "võro", "fj": "Na Vosa Vakaviti",
    "frp": "arpetan", "gag": "gagauz dili", "gan": "贛語", "glk": "گیلکی", "gom": "कोंकणी", "got": "𐌲𐌿𐍄𐌹𐍃𐌺",
    "ha": "Hausa", "hak": "Hak-kâ-ngî", "hif": "Fiji Hindi", "ho": "Hiri Motu", "hz": "Otjiherero",
    "ie": "Interlingue", "ig": "Asụsụ Igbo", "ik": "Iñupiatun", "io": "Ido", "iu": "ᐃᓄᒃᑎᑐᑦ", "jam": "Patwa", "jv": "basa Jawa",
    "kaa": "qaraqalpaqsha", "kbd": "адыгэбзэ", "kg": "Kikongo", "ki": "Gĩkũyũ", "kj": "Oshikwanyama",
    "koi": "перем коми кыв", "kr": "Kanuri", "krc": "къарачай-малкъар тил", "ksh": "Ripoarisch", "ku": "kurmancî",
    "kv": "коми кыв", "lad": "djudeo-espanyol", "lbe": "лакку маз", "lez": "лезги чӏал", "li": "Limburgs",
    "lmo": "lombard", "lrc": "لۊری شومالی", "ltg": "latgalīšu volūda", "map_bms": "Basa Banyumasan", "mg": "Malagasy",
    "mh": "Kajin M̧ajeļ", "mhr": "олык марий йылме", "mi": "te reo Māori", "min": "Baso Minangkabau",
    "mo": "молдовеняскэ", "mrj": "кырык мары йӹлмӹ", "ms": "Bahasa Melayu", "mwl": "mirandés", "na": "Dorerin Naoero",
    "nah": "Nāhuatl", "nap": "napulitano", "nds": "Plattdüütsch", "nds_nl": "Nedersaksies", "new": "नेपाल भाषा",
    "ng": "Oshindonga", "nov": "Novial", "nrm": "Nouormand", "nv": "Diné bizaad", "ny": "Chichewa",
    "olo": "livvin kieli", "om": "Afaan Oromoo", "pag": "salitan Pangasinan", "pam": "Kapampangan", "pcd": "picard",
    "pdc": "Pennsilfaanisch Deitsch", "pfl": "Pälzisch", "pi": "पालि", "pih": "Norfuk", "pms": "piemontèis",
    "pnb": "پنجابی", "pnt": "ποντιακά", "rmy": "romani čhib", "roa_rup": "armãneashti", "roa_tara": "tarandíne",
    "rue": "русиньскый язык", "sco": "Scots", "sh": "srpskohrvatski", "simple": "Simple English",
    "sm": "Gagana Sāmoa", "srn": "Sranantongo", "stq": "Seeltersk", "tcy": "ತುಳು", "tet": "tetun", "tl": "Tagalog",
    "tpi": "Tok Pisin", "ts": "Xitsonga", "tum": "chiTumbuka", "tw": "Twi", "ty": "reo Tahiti", "tyv": "тыва дыл",
    "udm": "удмурт кыл", "vep": "vepsän kel’", "vls": "West-Vlams", "vo": "Volapük", "war": "Winaray", "wo": "Wolof",
    "wuu": "吴语", "xal": "хальмг келн", "xmf": "მარგალური ნინა", "yo": "Yorùbá", "zea": "Zeêuws",
    "zh_classical": "文言", "zh_min_nan": "Bân-lâm-gú", "zh_yue": "粵語",
}  # fmt: skip

# Names that are the same in English.
SAME = {"af", "en", "eo"}

# Groups of languages, which Glottolog has no family of, by one of their members.
MEMBER = {
    "ara": "arb", "aze": "azj", "est": "ekk", "fas": "pes", "grn": "gug", "iku": "ike", "kau": "knc", "kon": "kng",
    "mlg": "plt", "msa": "zsm", "ori": "ory", "orm": "gaz", "que": "quz", "srd": "sro", "swa": "swh", "yid": "ydd",
    "zho": "cmn",
}  # fmt: skip


def iso(code):
    """The ISO 639-3 code of a Wikipedia's code."""
    return ISO.get(code) or iso639.Language.match(code, strict_case=True).part3


def own_name(code, english):
    """What the speakers call the language."""
    if code in OWN:
        return OWN[code]
    tag = langcodes.Language.get(ISO.get(code, code))
    name = tag.autonym()
    assert name != tag.display_name("en") or code in SAME, f"no own name of {code} ({english}): {name}"
    return name


def script(code):
    """The script of the Wikipedia, by ISO 15924."""
    return SCRIPT.get(code) or langcodes.Language.get(ISO.get(code, code)).maximize().script


def file_of(package, *path):
    """A file that a package holds; the package itself, which needs others, is not imported."""
    return Path(importlib.util.find_spec(package).submodule_search_locations[0], *path)


def wikipedia_bytes():
    """The bytes of all articles of each Wikipedia, as bzip2-compressed XML, on 1 March 2019."""
    dump = re.compile(r"/(\w+)wiki-\d+-pages-articles-multistream\S* (\d+) ")
    sizes = Counter()
    with open(file_of("tensorflow_datasets", "url_checksums", "wikipedia.txt"), encoding="utf-8") as file:
        for code, size in dump.findall(file.read()):
            sizes[code] += int(size)
    return sizes


class Families:
    """The families of languages, by Glottolog."""

    def __init__(self):
        folder = file_of("urielplus", "database", "urielplus_csvs")
        with open(folder / "uriel_glottocode_map.csv", encoding="utf-8") as file:
            self.glottocodes = {row["iso_code"]: row["glottocode"] for row in csv.DictReader(file)}
        with open(folder / "lang_fam_geo.csv", encoding="utf-8") as file:
            self.lineages = {row["language_id"]: row["lineage"] for row in csv.DictReader(file)}

    def of(self, iso_code):
        glottocode = self.glottocodes[MEMBER.get(iso_code, iso_code)]
        # A language without relatives has no lineage.
        return self.lineages[glottocode].split(",")[0] or "Isolate"


def lexicons(folder):
    """For each language those that there is a lexicon with, in both directions."""
    with open(folder / "muse_pairs.tsv", encoding="utf-8") as file:
        pairs = {(row["source"], row["target"]) for row in csv.DictReader(file, delimiter="\t")}
    assert all((target, source) in pairs for source, target in pairs)
    return {code: sorted(target for source, target in pairs if source == code) for code, _ in pairs}


def main(folder):
    families, with_lexicon, sizes = Families(), lexicons(folder), wikipedia_bytes()
    columns = "code iso639_3 name own_name script family collections lexicons wikipedia_bytes".split()
    table = csv.writer(sys.stdout, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE)
    table.writerow(columns)
    with open(folder / "languages.tsv", encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            code = row["code"]
            flags = {"wiki": "wiki294", "crawl": "cc157", "aligned": "aligned44"}
            collections = [name for name, column in flags.items() if row[column] == "1"]
            table.writerow([
                code, iso(code), row["english_name"], own_name(code, row["english_name"]), script(code), families.of(iso(code)),
                ",".join(collections), ",".join(with_lexicon.get(code, [])), sizes.get(code),
            ])  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""Scores result folders by the published NAB rules: nab_score.py does it, this asks it for several folders at once.
usage: score.py <folder of nab_score.py> <results_dir>...   prints {results_dir: {searched, own, categories}} as JSON"""
import csv, json, os, sys

sys.path.insert(0, sys.argv[1])
import nab_score

corpus = nab_score.load()


def alerts(folder):
    return {k: [r['alert'] == '1' for r in csv.DictReader(open(os.path.join(folder, k)))] for k in corpus}


def of(folder):
    own = alerts(folder)
    groups = sorted({k.split('/')[0] for k in corpus})
    parts = {}
    for group in groups:
        part = {k: v for k, v in corpus.items() if k.startswith(group + '/')}
        windows = len({n for rows in part.values() for _, n in rows if n not in (None, 'P')})
        # Without windows there is nothing to be perfect at, so nothing to normalise by.
        parts[group] = nab_score.score_fixed(part, own)['standard'] if windows else None
    searched = nab_score.score(corpus, nab_score.read_results(folder, corpus))
    return {'searched': searched, 'own': nab_score.score_fixed(corpus, own), 'categories': parts}


print(json.dumps({folder: of(folder) for folder in sys.argv[2:]}))

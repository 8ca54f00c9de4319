"""Messages by key (French). The other catalogue has the same keys and places: a test."""

MESSAGES: dict[str, str] = {
    "finance.not_a_number": "{name} vaut {value!r} : il faut un nombre. Écrivez-le sans guillemets, unité ni symbole monétaire.",
    "finance.not_finite": "{name} vaut {value} : il faut un nombre fini.",
    "finance.rate_too_low": "{name} vaut {value} : un taux doit dépasser -1 (-100 %). Écrivez 8 % sous la forme 0.08.",
    "finance.not_positive": "{name} vaut {value} : la valeur doit être supérieure à 0.",
    "finance.negative": "{name} vaut {value} : la valeur ne peut pas être négative.",
    "finance.not_whole": "{name} vaut {value} : il faut un nombre entier.",
    "finance.too_low": "{name} vaut {value} : le minimum est {low}.",
    "finance.too_high": "{name} vaut {value} : le maximum est {high}.",
    "finance.not_a_list": "{name} vaut {value!r} : il faut une liste ordonnée de valeurs.",
    "finance.empty": "{name} est vide : donnez au moins une valeur.",
    "finance.bad_date": "{name} vaut {value!r} : écrivez la date sous la forme AAAA-MM-JJ.",
    "finance.dates_mismatch": "Il y a {cashflows} flux et {dates} dates : chaque flux doit avoir sa date.",
    "finance.lengths_differ": "Il y a {costs} coûts et {quantities} quantités : donnez un coût et une quantité par période.",
    "finance.bad_when": "when vaut {value!r} : écrivez 0 pour un paiement en fin de période, 1 en début de période.",
    "finance.bad_timing": "Le moment {value!r} est inconnu : choisissez start (début), mid (milieu) ou end (fin du mois).",
    "finance.salvage_above_cost": "La valeur résiduelle {salvage} dépasse le coût {cost} : il n'y a rien à amortir. Vérifiez les deux valeurs.",
    "finance.not_rows": "{name} doit être un tableau de nombres, une ligne par tirage et une colonne par période.",
    "finance.shapes_differ": "Les tableaux de forme {first} et {second} ne concordent pas : donnez le même nombre de tirages et de mois.",
}

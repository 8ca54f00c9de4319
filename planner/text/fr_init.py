"""Messages of the command that begins (French)."""

MESSAGES: dict[str, str] = {
    "init.unknown_profile": "{name!r} n'est pas un profil. Choisissez {valid} ; `planner init --list` dit à quoi sert chacun.",
    "init.exists": "{place} existe déjà et n'est pas touché. Donnez un autre fichier avec -o, ou écrasez-le avec --force.",
    "init.next": "{place} est écrit (profil {profile}). Modifiez-le - ce qu'il faut changer d'abord est dit en tête - puis : {command}",
    "init.profile.prototype": "une petite jeune pousse qui ajuste et essaie : spot, place de marché, carnets face à l'achat",
    "init.profile.steady": "une charge continue et prévisible : grappe en propre, hybride, engagement, colocation face au nuage",
    "init.profile.academic": "un laboratoire, ou une entreprise avec lui : centres publics, sinon spot",
    "init.profile.inference": "un produit en service : répliques à la demande, engagement, serveur en propre, jetons, crédits de démarrage",
    "init.profile.regulated": "des données qui ne peuvent partir : ses murs, colocation ou nuage au pays ; ce qui est refusé et pourquoi",
}

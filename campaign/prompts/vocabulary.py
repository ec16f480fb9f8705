"""The words that lint looks for, by rule. A string holds words parted by blanks, or the alternatives of a pattern."""

COMMANDS = "make turn change transform replace remove add swap convert give"
COMMANDED = "the|it|this|that|these|them|him|her|his|their|its|a|an|all|every|everything|everyone"
NEGATIONS = r"no|not|without|devoid of|missing|never|don't|do not|doesn't|avoid|free of|isn't|aren't|nothing"
PERSON = (
    "person people man men woman women model models actor actress couple couples family families adult adults lady ladies "
    "gentleman gentlemen"
)
ORIGINS = (
    "asian african caucasian hispanic latino latina arab arabic indian japanese chinese korean european white black "
    "brazilian german french american scandinavian slavic"
)
AGES = "young younger old older elderly middle-aged teenage senior aged"
VANISHING = "remove removed removing erase erased delete deleted disappear disappears vanish vanishes"
BECOMING = (
    "becomes become becoming turns turned changes changed transforms transformed morphs replaced swapped instead "
    "more warmer brighter darker softer stylized stylised different"
)
CAMERA_MOVES = (
    "camera pan pans panning tilt tilts tilting zoom zooms zooming dolly dollies crane tracking push-in pull-back "
    "orbit orbits handheld"
)
ACTIONS = (
    "walks walking runs running smiles smiling holds holding pours pouring drinks drinking dances dancing jumps jumping "
    "reaches reaching lifts lifting raises raising throws throwing eats eating rides riding drives driving grabs grabbing"
)
LOOKS = (
    "style styled stylized stylised anime cartoon watercolor watercolour painterly cinematic moody neon vintage noir "
    "grade graded palette relit filter monochrome sepia illustration sketch render rendered"
)
GUARDED = (
    "child children kid kids baby babies toddler toddlers teen teens teenager teenagers boy boys girl girls minor minors "
    "beer wine whisky whiskey vodka champagne cocktail cocktails alcohol liquor gin rum "
    "gun guns rifle pistol knife knives weapon weapons sword "
    "coca-cola pepsi nike adidas disney marvel starbucks mcdonald's heineken gucci ferrari barbie "
    "celebrity celebrities lookalike look-alike likeness"
)
AUDIENCES = "demographic demographics audience audiences millennial millennials boomers gen-z target-group"

CHANGED_BY_KIND = {
    "relighting": r"light(?:ing|s)?",
    "wardrobe_change": r"wardrobe|outfits?|clothes|clothing|garments?",
    "environment_change": r"environment|background|setting|place|location|surroundings",
    "product_swap": r"products?|packaging",
    "character_transformation": r"identity|character",
    "motion_transfer": r"identity|subject",
    "camera_motion_transfer": r"environment|background|setting|place|location|world",
}
"""What each transformation sets out to change: a cue that asks to keep it asks for the opposite."""

FOREIGN = (
    "und der das mit auf eine einen für ist ein les des une avec dans sur est pour el los las con para una por "
    "uma com não dos das il che della een het van voor och med som jest oraz"
)
ENGLISH = "the a an of in with and as to on at by from for is are"
LABELS = "logo logos label labels wordmark wordmarks"

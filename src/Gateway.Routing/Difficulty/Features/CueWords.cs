using System.Collections.Frozen;

namespace Gateway.Routing.Difficulty.Features;

/// <summary>The words and symbols of each <see cref="Cue"/>, found by the lexer's hash.</summary>
internal static class CueWords
{
    public static readonly int CueCount = Enum.GetValues<Cue>().Length;

    // Keyed by int because frozen dictionaries have a faster form for it.
    private static readonly FrozenDictionary<int, Cue> Cues = Build(
        (Cue.Negation, "not except least false incorrect never cannot isn't doesn't without"),
        (Cue.Blank, "_"),
        (Cue.Which, "which whose who"),
        (Cue.What, "what where when"),
        (Cue.Why, "why how because"),
        (Cue.Many, "many much"),
        (Cue.Condition, "if then suppose assume given let unless"),
        (Cue.Task, "calculate compute find determine solve evaluate simplify prove estimate"),
        (Cue.Superlative, "best most primarily mainly likely main primary"),
        (Cue.Statement, "statement statements claim argument"),
        (Cue.Quote, "\" “ ” ‘"),
        (Cue.Ratio, "per percent % fraction half third thirds quarter quarters fourth fifth ratio rate percentage"),
        (Cue.Multiple, "twice times double triple thrice doubled tripled"),
        (Cue.Money, "$ dollar dollars cents cost costs price pay paid earns sells"),
        (Cue.Comparison, "more less fewer than greater smaller longer taller"),
        (Cue.Remainder, "remain remaining remains remainder left rest"),
        (Cue.Each, "each every all"),
        (Cue.Time, "hour hours minute minutes day days week weeks month months year years"),
        (Cue.Age, "age old older younger ages"),
        (Cue.Total, "average total altogether sum combined"),
        (Cue.Conjunction, "and"),
        (Cue.Formula, "= ^ + * / < > ( ) [ ] { } | \\"),
        (Cue.Comma, ","),
        (Cue.SentenceEnd, ". ? !"),
        (Cue.AllOrNone, "none both neither only above"),
        (Cue.Truth, "true wrong"),
        (Cue.YesOrNo, "yes no"));

    public static Cue Of(uint hash) => Cues.GetValueOrDefault((int)hash);

    private static FrozenDictionary<int, Cue> Build(params ReadOnlySpan<(Cue Cue, string Words)> groups)
    {
        var cues = new Dictionary<int, Cue>();
        foreach (var (cue, words) in groups)
        {
            foreach (string word in words.Split(' '))
            {
                cues.Add((int)(char.IsLetter(word[0]) ? TermHash.OfWord(word) : TermHash.OfSymbol(word[0])), cue);
            }
        }

        return cues.ToFrozenDictionary();
    }
}

namespace Gateway.Routing.Difficulty.Features;

/// <summary>What a word or symbol tells of the kind of question, whatever the topic. Each cue is one dense feature: its logged count.</summary>
internal enum Cue
{
    None,
    Negation,
    Blank,
    Which,
    What,
    Why,
    Many,
    Condition,
    Task,
    Superlative,
    Statement,
    Quote,
    Ratio,
    Multiple,
    Money,
    Comparison,
    Remainder,
    Each,
    Time,
    Age,
    Total,
    Conjunction,
    Formula,
    Comma,
    SentenceEnd,
    AllOrNone,
    Truth,
    YesOrNo,
}

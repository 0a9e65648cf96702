namespace Gateway.Routing;

/// <summary>What kind of work a prompt asks for; decides which of a model's skills counts.</summary>
public enum TaskKind
{
    General,
    Code,
    Math,

    /// <summary>Several steps of thought without much calculation: puzzles, law, planning, multiple choice.</summary>
    Reasoning,

    /// <summary>Translation, or a prompt that is not in English.</summary>
    Languages,

    /// <summary>Turning given text into given fields: a schema, a table, labels.</summary>
    Extraction,
}

namespace Gateway.Engine.ChatTemplates.Values;

/// <summary>
/// The value of a name or attribute that does not exist. It prints as nothing, is false and empty; anything else done with it
/// raises <see cref="Explanation"/> (Jinja's default <c>Undefined</c>).
/// </summary>
internal sealed class UndefinedValue(string explanation) : Value
{
    /// <summary>A clause without a full stop, e.g. <c>'tools' is undefined</c>.</summary>
    public string Explanation { get; } = explanation;

    public override string TypeName => "Undefined";

    public override bool IsTrue => false;

    public ChatTemplateException Error() => new($"{Explanation}.");
}

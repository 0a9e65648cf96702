namespace Gateway.Engine.ChatTemplates.Values;

internal sealed class StringValue(string text) : Value
{
    public static StringValue Empty { get; } = new("");

    public string Text { get; } = text;

    public override string TypeName => "str";

    public override bool IsTrue => Text.Length > 0;
}

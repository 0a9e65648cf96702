namespace Gateway.Engine.ChatTemplates.Values;

internal sealed class BoolValue : Value
{
    private BoolValue(bool flag) => Flag = flag;

    public static BoolValue True { get; } = new(true);

    public static BoolValue False { get; } = new(false);

    public bool Flag { get; }

    public override string TypeName => "bool";

    public override bool IsTrue => Flag;

    public static BoolValue Of(bool flag) => flag ? True : False;
}

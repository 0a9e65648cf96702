using System.Text;

namespace Gateway.Engine.ChatTemplates.Runtime;

/// <summary>A string under construction, each character of it accounted for before it is written.</summary>
internal sealed class TextBuffer(RenderBudget budget)
{
    private readonly StringBuilder _text = new();

    public TextBuffer Append(string text)
    {
        budget.Allocate(text.Length);
        _text.Append(text);
        return this;
    }

    public TextBuffer Append(char character, int count = 1)
    {
        budget.Allocate(count);
        _text.Append(character, count);
        return this;
    }

    public override string ToString() => _text.ToString();
}

using System.Text;

namespace Gateway.Engine.Dialogue.ToolCalls;

/// <summary>Makes JSON text of a call's arguments while they come. What it gives depends on the text alone, not on the pieces that it comes in.</summary>
internal abstract class ArgumentReader
{
    /// <summary>Whether the arguments have ended, or broken off: what comes next is none of theirs.</summary>
    public bool IsOver { get; protected set; }

    /// <summary>Reads on.</summary>
    /// <param name="text">What follows what was read before; perhaps not all of it has come.</param>
    /// <param name="json">Gets the JSON text of what is clear by now.</param>
    /// <returns>How many characters were read. The rest has to come again with more behind it, unless <see cref="IsOver"/>.</returns>
    public abstract int Read(string text, StringBuilder json);
}

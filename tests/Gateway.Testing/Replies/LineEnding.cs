namespace Gateway.Testing;

/// <summary>The three line endings that an event stream may use (WHATWG HTML, section 9.2.5).</summary>
public enum LineEnding
{
    Lf,
    CrLf,
    Cr,
}

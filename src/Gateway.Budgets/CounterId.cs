namespace Gateway.Budgets;

/// <summary>One counter of a limit.</summary>
/// <param name="Limit">The limit's name.</param>
/// <param name="Scope">Whose counter it is: the value of the limit's scope, such as a team.</param>
/// <param name="Window">The window's id.</param>
public sealed record CounterId(string Limit, string Scope, string Window)
{
    private const char Separator = '/';

    /// <summary>Escaped as in a URL, between slashes: without spaces, and never the same for two counters.</summary>
    public override string ToString() =>
        string.Join(Separator, Uri.EscapeDataString(Limit), Uri.EscapeDataString(Scope), Uri.EscapeDataString(Window));

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    /// <exception cref="FormatException">It did not.</exception>
    internal static CounterId Parse(string text) =>
        text.Split(Separator) is [var limit, var scope, var window]
            ? new CounterId(Uri.UnescapeDataString(limit), Uri.UnescapeDataString(scope), Uri.UnescapeDataString(window))
            : throw new FormatException($"'{text}' is no counter.");
}

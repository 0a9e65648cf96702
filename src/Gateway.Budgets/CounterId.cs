namespace Gateway.Budgets;

/// <summary>One counter of a limit.</summary>
/// <param name="limit">The limit's name.</param>
/// <param name="scope">Whose counter it is: the value of the limit's scope, such as a team.</param>
/// <param name="window">The window's id.</param>
public sealed class CounterId(string limit, string scope, string window) : IEquatable<CounterId>
{
    private const char Separator = '/';

    // A request asks for it several times, and it is long.
    private readonly int _hash = HashCode.Combine(limit, scope, window);
    private string? _text;

    public string Limit => limit;

    public string Scope => scope;

    public string Window => window;

    public static bool operator ==(CounterId? left, CounterId? right) => left is null ? right is null : left.Equals(right);

    public static bool operator !=(CounterId? left, CounterId? right) => !(left == right);

    public bool Equals(CounterId? other) =>
        ReferenceEquals(this, other) || (other is not null && _hash == other._hash && Limit == other.Limit && Scope == other.Scope && Window == other.Window);

    public override bool Equals(object? obj) => Equals(obj as CounterId);

    public override int GetHashCode() => _hash;

    /// <summary>Escaped as in a URL, between slashes: without spaces, and never the same for two counters.</summary>
    public override string ToString() =>
        _text ??= string.Join(Separator, Uri.EscapeDataString(Limit), Uri.EscapeDataString(Scope), Uri.EscapeDataString(Window));

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    /// <exception cref="FormatException">It did not.</exception>
    internal static CounterId Parse(string text) =>
        text.Split(Separator) is [var limit, var scope, var window]
            ? new CounterId(Uri.UnescapeDataString(limit), Uri.UnescapeDataString(scope), Uri.UnescapeDataString(window))
            : throw new FormatException($"'{text}' is no counter.");
}

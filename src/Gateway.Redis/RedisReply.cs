using System.Globalization;
using System.Text;

namespace Gateway.Redis;

/// <summary>What a script returned. A member that does not fit what it is throws <see cref="InvalidCastException"/>.</summary>
public sealed class RedisReply
{
    private readonly object? _value;

    /// <param name="value">Null, a boxed <see cref="long"/>, bytes or replies.</param>
    private RedisReply(object? value, string? error = null) => (_value, Error) = (value, error);

    /// <summary>Whether the script returned nil or false.</summary>
    public bool IsNil => _value is null;

    public long Integer => _value switch
    {
        long integer => integer,
        byte[] text when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long integer) => integer,
        _ => throw Misread("an integer"),
    };

    public string Text => _value switch
    {
        byte[] text => Encoding.UTF8.GetString(text),
        long integer => integer.ToString(CultureInfo.InvariantCulture),
        _ => throw Misread("a text"),
    };

    public byte[] Bytes => _value as byte[] ?? throw Misread("bytes");

    public IReadOnlyList<RedisReply> Items => _value as RedisReply[] ?? throw Misread("a list");

    /// <summary>The message of an error, which begins with its kind in capitals; null for what is none.</summary>
    internal string? Error { get; }

    internal static RedisReply Nil { get; } = new(null);

    internal static RedisReply Of(long value) => new(value);

    internal static RedisReply Of(byte[] value) => new(value);

    internal static RedisReply Of(RedisReply[] value) => new(value);

    internal static RedisReply OfError(string message) => new(null, message);

    private InvalidCastException Misread(string wanted) => new($"The script returned {Kind}, where {wanted} was expected.");

    private string Kind => _value switch
    {
        null => "nil",
        long => "an integer",
        byte[] => "bytes",
        _ => "a list",
    };
}

using StackExchange.Redis;

namespace Gateway.Redis;

/// <summary>The section <c>Redis</c> of the configuration. It may hold a password: give it in the environment, as <c>Redis__Configuration</c>.</summary>
public sealed record RedisOptions
{
    public const string Section = "Redis";

    /// <summary>
    /// Where Redis is: <c>host:port</c>, several for a cluster, and options behind them, as <c>redis:6379,password=...,ssl=true</c>. Empty,
    /// which is the default, for none: each replica then stands alone.
    /// </summary>
    public string Configuration { get; init; } = "";

    /// <summary>What every key begins with. The default is <c>gateway:</c>. Gateways with different policies need different ones.</summary>
    public string KeyPrefix { get; init; } = "gateway:";

    /// <summary>The longest that a call may take before it is given up, in seconds: at least 0.05, at most 60. The default is 1.</summary>
    public double TimeoutSeconds { get; init; } = 1;

    public bool IsConfigured => !string.IsNullOrWhiteSpace(Configuration);

    /// <summary>Every value that cannot be used, as <c>Redis:Name: what to write</c>; empty when all is well.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> errors = [];
        if (IsConfigured && Parse() is null)
        {
            // Neither the value nor the parser's message is shown: either may hold the password.
            errors.Add($"{Section}:{nameof(Configuration)}: it cannot be read. Write host:port,password=... with the options of StackExchange.Redis.");
        }

        if (KeyPrefix.AsSpan().IndexOfAny('{', '}') >= 0)
        {
            errors.Add($"{Section}:{nameof(KeyPrefix)}: leave out braces, they decide where a cluster keeps a key.");
        }

        if (TimeoutSeconds is not (>= 0.05 and <= 60))
        {
            errors.Add($"{Section}:{nameof(TimeoutSeconds)}: write 0.05 to 60.");
        }

        return errors;
    }

    /// <summary>What the client needs, in a copy of its own; null when <see cref="Configuration"/> cannot be read or names no server.</summary>
    internal ConfigurationOptions? Parse()
    {
        try
        {
            var parsed = ConfigurationOptions.Parse(Configuration);
            parsed.SetDefaultPorts();
            return parsed.EndPoints.Count > 0 ? parsed : null;
        }
        catch (ArgumentException)
        {
            return null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>Without <see cref="Configuration"/>, which may hold a password.</summary>
    public override string ToString() => $"{Section} ({(IsConfigured ? "configured" : "not configured")}, keys {KeyPrefix}*)";
}

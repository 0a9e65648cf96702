using System.Buffers;
using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Gateway.Policies.Validation;

/// <summary>Reads the extra request headers of a provider. Their values are never quoted in messages: they may be keys.</summary>
internal sealed class HeadersReader(IEnvironment environment)
{
    /// <summary>Token characters of RFC 9110, section 5.6.2.</summary>
    private static readonly SearchValues<char> Token =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>Headers of the connection (RFC 9110, section 7.6.1) and those that the gateway itself must set right.</summary>
    private static readonly FrozenSet<string> Reserved = FrozenSet.ToFrozenSet(
        [
            "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer",
            "Transfer-Encoding", "Upgrade", "Host", "Content-Length", "Content-Type", "Authorization",
        ],
        StringComparer.OrdinalIgnoreCase);

    /// <summary>Headers that some providers take their key in.</summary>
    private static readonly FrozenSet<string> KeyHeaders =
        FrozenSet.ToFrozenSet(["api-key", "x-api-key", "Cookie"], StringComparer.OrdinalIgnoreCase);

    /// <summary>The headers that have a value; one whose references resolve to nothing is not sent.</summary>
    public ImmutableArray<UpstreamHeader> Read(Field field)
    {
        if (field.AsSection() is not { } section)
        {
            return [];
        }

        var headers = ImmutableArray.CreateBuilder<UpstreamHeader>();
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (key, name, value) in section.Entries)
        {
            CheckName(key, name);
            if (!seen.Add(key))
            {
                name.Error("The header is here a second time; upper and lower case are the same.", "Keep one of the two");
            }

            if (ReadValue(key, value) is { Length: > 0 } text)
            {
                headers.Add(new UpstreamHeader(key, new Secret(text)));
            }
        }

        return headers.ToImmutable();
    }

    private static void CheckName(string key, Field name)
    {
        if (key.Length == 0 || key.AsSpan().ContainsAnyExcept(Token))
        {
            name.Error($"{Quote.Of(key)} is no header name.", "Use letters, digits and '-'");
        }
        else if (Reserved.Contains(key))
        {
            name.Error("The gateway sets this header itself.", key.Equals("Authorization", StringComparison.OrdinalIgnoreCase)
                ? "Remove it and use apiKey"
                : "Remove it");
        }
    }

    private string? ReadValue(string key, Field value)
    {
        if (value.AsResolved(environment) is not { } text)
        {
            return null;
        }

        if (KeyHeaders.Contains(key) && !EnvironmentReferences.HoldsReference(value.AsScalar()!.Text))
        {
            value.Error(
                "The header carries a key, and keys are never written in policy files.",
                "Write ${NAME} and set that environment variable");
            return null;
        }

        if (text.Any(character => character is not '\t' and (< ' ' or > '~')))
        {
            value.Error("The header's value has line breaks or characters outside ASCII.", "Use visible ASCII, spaces and tabs");
            return null;
        }

        return text;
    }
}

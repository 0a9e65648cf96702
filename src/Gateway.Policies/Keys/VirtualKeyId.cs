using Gateway.Policies.Validation;

namespace Gateway.Policies;

/// <summary>The name of a virtual key in logs and reports, such as <c>search-ci</c>. A key itself is never one: it would end up in a log.</summary>
public static class VirtualKeyId
{
    /// <summary>What an id must look like, for messages.</summary>
    public const string Rule = $"{Names.IdRule}, not beginning with '{VirtualKeyGenerator.Prefix}', and neither '.' nor '..'";

    /// <remarks>A path with the segment <c>.</c> or <c>..</c> is another path (RFC 3986, section 5.2.4): nobody could rotate or revoke such a key.</remarks>
    public static bool IsValid(string id) => Names.IsId(id) && id is not ("." or "..") && !id.StartsWith(VirtualKeyGenerator.Prefix, StringComparison.Ordinal);
}

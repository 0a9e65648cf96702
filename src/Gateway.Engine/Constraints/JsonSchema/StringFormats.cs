namespace Gateway.Engine.Constraints.JsonSchema;

/// <summary>The formats of strings (JSON Schema validation, section 7.3), as regular expressions of the whole string.</summary>
internal static class StringFormats
{
    private const string Date =
        "([0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))"
        + "|([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29)";

    private const string Time = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])";

    private const string Octet = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
    private const string IPv4 = Octet + "([.]" + Octet + "){3}";
    private const string Label = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
    private const string Hostname = Label + "([.]" + Label + "){0,3}";
    private const string Group = "[0-9A-Fa-f]{1,4}";

    private static readonly Dictionary<string, string> Patterns = new(StringComparer.Ordinal)
    {
        // RFC 3339; no leap seconds, which most readers refuse.
        ["date-time"] = Date + "T" + Time,
        ["date"] = Date,
        ["time"] = Time,

        // RFC 3339, appendix A.
        ["duration"] = "P([0-9]+W|([0-9]+Y([0-9]+M([0-9]+D)?)?|[0-9]+M([0-9]+D)?|[0-9]+D)(T{0})?|T{0})"
            .Replace("{0}", "([0-9]+H([0-9]+M([0-9]+S)?)?|[0-9]+M([0-9]+S)?|[0-9]+S)", StringComparison.Ordinal),
        ["uuid"] = "[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}",

        // The dot-atom of RFC 5322, a host name behind it.
        ["email"] = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}([.][A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}){0,3}@" + Hostname,
        ["hostname"] = Hostname,
        ["ipv4"] = IPv4,

        // RFC 4291, section 2.2, without the mixed form.
        ["ipv6"] = "(" + Group + ":){7}" + Group + "|(" + Group + ":){1,7}:|"
            + string.Join("|", Enumerable.Range(1, 6).Select(before => $"({Group}:){{{before}}}(:{Group}){{1,{7 - before}}}"))
            + $"|:((:{Group}){{1,7}}|:)",
        ["uri"] = "[A-Za-z][A-Za-z0-9+.-]*:([A-Za-z0-9._~:/?#@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+",
    };

    /// <summary>Names, for messages.</summary>
    public static string Known => string.Join(", ", Patterns.Keys);

    /// <summary>The expression of a format; null where it is not known.</summary>
    public static string? Find(string format) => Patterns.GetValueOrDefault(format);
}

using System.ComponentModel;
using System.Globalization;

namespace Gateway.Hosting;

/// <summary>
/// The text of one setting, held against the type that it is to become. The binder itself would stop at the first that is wrong, and not say what is right.
/// </summary>
internal static class SettingValue
{
    /// <summary>What a text may be instead; null when it can be read, or is no single value.</summary>
    public static string? Wanted(string? text, Type type)
    {
        var value = Nullable.GetUnderlyingType(type);
        if (text is null || (value is not null && text.Length == 0))
        {
            return null;
        }

        value ??= type;
        var converter = TypeDescriptor.GetConverter(value);
        return value == typeof(string) || !converter.CanConvertFrom(typeof(string)) || CanRead(converter, text) ? null : Description(value);
    }

    private static bool CanRead(TypeConverter converter, string text)
    {
        try
        {
            return converter.ConvertFrom(null, CultureInfo.InvariantCulture, text) is not null;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or OverflowException)
        {
            return false;
        }
    }

    private static string Description(Type type) => Type.GetTypeCode(type) switch
    {
        _ when type.IsEnum => $"one of: {string.Join(", ", Enum.GetNames(type).Select(name => name.ToLowerInvariant()))}",
        TypeCode.Boolean => "true or false",
        TypeCode.Int32 or TypeCode.Int64 => "a whole number",
        TypeCode.Single or TypeCode.Double or TypeCode.Decimal => "a number",
        _ => $"a {type.Name}",
    };
}

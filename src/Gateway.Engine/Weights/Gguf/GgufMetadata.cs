using System.Globalization;

namespace Gateway.Engine.Weights.Gguf;

/// <summary>The metadata of a GGUF file, read by type. A key of the wrong type is an error that names it.</summary>
/// <param name="file">For messages.</param>
/// <param name="values">As <see cref="GgufHeader.Metadata"/>.</param>
internal sealed class GgufMetadata(string file, IReadOnlyDictionary<string, object> values)
{
    /// <summary>The path of the file.</summary>
    public string File { get; } = file;

    /// <summary>Everything, by key.</summary>
    public IReadOnlyDictionary<string, object> Values { get; } = values;

    public bool Has(string key) => Values.ContainsKey(key);

    public string Text(string key) => FindText(key) ?? throw Missing(key);

    public string? FindText(string key) => Find<string>(key, "text");

    public bool? FindFlag(string key) => Values.TryGetValue(key, out var value)
        ? value as bool? ?? throw WrongType(key, "true or false")
        : null;

    public int Integer(string key) => FindInteger(key) ?? throw Missing(key);

    /// <summary>A whole number of 0 to 2³¹-1.</summary>
    public int? FindInteger(string key) => !Values.TryGetValue(key, out var value) ? null : value switch
    {
        ulong and <= int.MaxValue and var number => (int)number,
        long and >= 0 and <= int.MaxValue and var number => (int)number,
        _ => throw WrongType(key, $"a whole number of 0 to {int.MaxValue}"),
    };

    public double Number(string key) => FindNumber(key) ?? throw Missing(key);

    /// <summary>
    /// A finite number. The files write float32; the shortest decimal number that rounds to it is taken, because that is what stood in the
    /// config.json that they were made from: 1e-6 and not 9.999999974752427e-07.
    /// </summary>
    public double? FindNumber(string key) => !Values.TryGetValue(key, out var value) ? null : value switch
    {
        double and var number when double.IsFinite(number) => ShortestDecimal(number),
        ulong and var number => number,
        long and var number => number,
        _ => throw WrongType(key, "a number"),
    };

    public string[] Texts(string key) => Find<string[]>(key, "a list of texts") ?? throw Missing(key);

    public string[]? FindTexts(string key) => Find<string[]>(key, "a list of texts");

    /// <summary>A list of whole numbers.</summary>
    public long[]? FindIntegers(string key) => !Values.TryGetValue(key, out var value) ? null : value switch
    {
        long[] numbers => numbers,
        ulong[] numbers when Array.TrueForAll(numbers, number => number <= long.MaxValue) => Array.ConvertAll(numbers, number => (long)number),
        _ => throw WrongType(key, "a list of whole numbers"),
    };

    public WeightsFormatException Error(string key, string problem) => new(File, null, $"metadata '{key}' {problem}");

    private static double ShortestDecimal(double number) => (float)number == number
        ? double.Parse(((float)number).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)
        : number;

    private T? Find<T>(string key, string expected)
        where T : class => Values.TryGetValue(key, out var value) ? value as T ?? throw WrongType(key, expected) : null;

    private WeightsFormatException Missing(string key) => Error(key, "is missing.");

    private WeightsFormatException WrongType(string key, string expected) => Error(key, $"must be {expected}.");
}

namespace Gateway.Engine.Tokenization;

/// <summary>A tokenizer file is damaged, or asks for something that this interpreter does not know.</summary>
/// <param name="file">The file as the caller named it.</param>
/// <param name="jsonPath">Where in the file, e.g. <c>$.pre_tokenizer.pretokenizers[1].pattern.Regex</c>.</param>
/// <param name="problem">What is wrong there and what would be right.</param>
/// <param name="cause">The exception that told so, if one did.</param>
public sealed class TokenizerFormatException(string file, string jsonPath, string problem, Exception? cause = null)
    : FormatException($"{file}: {jsonPath}: {problem}", cause)
{
    /// <summary>The file as the caller named it.</summary>
    public string File { get; } = file;

    /// <summary>Where in the file; <c>$</c> is its root.</summary>
    public string JsonPath { get; } = jsonPath;
}

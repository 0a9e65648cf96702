namespace Gateway.Engine.Models;

/// <summary>The ids that open and end a text, from config.json and, where there is one, generation_config.json.</summary>
/// <param name="EosTokenIds">Every id that either file calls an end.</param>
/// <param name="BosTokenId">The opening id, or null.</param>
internal sealed record GenerationConfig(IReadOnlyList<int> EosTokenIds, int? BosTokenId)
{
    /// <exception cref="ModelConfigException">A file cannot be read, or an id lies outside the vocabulary.</exception>
    public static GenerationConfig Read(string folder, int vocabularySize)
    {
        List<int> eos = [];
        int? bos = null;
        string[] names = ["generation_config.json", "config.json"];
        foreach (var path in names.Select(name => Path.Combine(folder, name)).Where(File.Exists))
        {
            List<string> errors = [];
            var reader = new ConfigReader(ConfigFile.Read(path), "", errors);
            eos.AddRange(reader.TokenIds("eos_token_id", vocabularySize));
            bos ??= reader.TokenIds("bos_token_id", vocabularySize).Select(id => (int?)id).FirstOrDefault();
            if (errors.Count > 0)
            {
                throw new ModelConfigException(path, errors);
            }
        }

        return new GenerationConfig([.. eos.Distinct()], bos);
    }
}

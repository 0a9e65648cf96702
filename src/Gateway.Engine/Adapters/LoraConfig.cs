using System.Text.RegularExpressions;
using Gateway.Engine.Models;

namespace Gateway.Engine.Adapters;

/// <summary>
/// adapter_config.json of a LoRA adapter as PEFT writes it (https://github.com/huggingface/peft, LoraConfig), as far as it matters when the
/// adapter is applied.
/// </summary>
internal sealed class LoraConfig
{
    public const string FileName = "adapter_config.json";

    private const string Type = "LORA";

    // Each makes something else of the weights than A and B say.
    private static readonly (string Key, string Problem)[] Refused =
    [
        ("use_dora", "is set: DoRA scales the layer's own weights as well; train without it, or merge the adapter into the model."),
        ("lora_bias", "is set: adapters with a bias are not supported; train without it."),
        ("fan_in_fan_out", "is set: it is for layers that keep their weights transposed, which no model here has."),
        ("modules_to_save", "names modules that the adapter brings whole: adapters change linear layers by A and B only; train without them."),
        ("trainable_token_indices", "is set: adapters change no embeddings; train without it."),
        ("target_parameters", "names fused parameters: only linear layers take adapters, experts one by one (mlp.experts.N.gate_proj)."),
        ("layer_replication", "is set: the model's layers are what its checkpoint says; merge the adapter into the model."),
        ("alora_invocation_tokens", "is set: an adapter is on from a prompt's first token; activated LoRA is not supported."),
        ("use_qalora", "is set: QALoRA pools the layer's inputs, which is not supported."),
        ("use_bdlora", "is set: block-diagonal adapters are not supported."),
        ("arrow_config", "is set: routing between adapters is not supported."),
        ("kasa_config", "is set: this variant of LoRA is not supported."),
        ("velora_config", "is set: this variant of LoRA is not supported."),
        ("monteclora_config", "is set: this variant of LoRA is not supported."),
    ];

    private const string Start = "init_lora_weights";

    // How training began does not matter, unless it took something off the model's weights: the others (PiSSA, CorDA, OLoRA, LoRA-GA, LoftQ) do.
    private static readonly string[] HarmlessStarts = ["gaussian", "eva", "orthogonal"];

    private readonly int _rank;
    private readonly double _alpha;
    private readonly bool _isRankStabilized;
    private readonly List<(Regex Module, int Value)> _ranks;
    private readonly List<(Regex Module, double Value)> _alphas;

    private LoraConfig(ConfigReader reader, List<string> errors)
    {
        if (!reader.IsPresent("peft_type"))
        {
            reader.Error("peft_type", $"is missing; it must be {Type}.");
        }

        reader.Choice("peft_type", Type, Type);
        reader.Choice("bias", "none", "none");
        foreach (var (key, problem) in Refused.Where(refused => reader.IsSet(refused.Key)))
        {
            reader.Error(key, problem);
        }

        if (reader.FindText(Start) is { } start && !HarmlessStarts.Contains(start, StringComparer.OrdinalIgnoreCase))
        {
            reader.Error(Start, $"is {start}: such an adapter does not fit the model's own weights, but those that its training left of them; "
                + "save it with path_initial_model_for_weight_conversion, which makes a plain one of all but LoftQ's.");
        }

        _rank = reader.Integer("r", 1, LoraAdapter.MaxRank);
        _alpha = Alpha(reader, "lora_alpha");
        _isRankStabilized = reader.Flag("use_rslora", false);
        _ranks = Patterns(reader, "rank_pattern", (child, key) => child.Integer(key, 1, LoraAdapter.MaxRank), errors);
        _alphas = Patterns(reader, "alpha_pattern", Alpha, errors);
    }

    /// <param name="folder">The adapter's.</param>
    /// <param name="errors">Receives what is wrong with the file, one line each.</param>
    public static LoraConfig? Read(string folder, List<string> errors)
    {
        try
        {
            List<string> found = [];
            var config = new LoraConfig(new ConfigReader(ConfigFile.Read(Path.Combine(folder, FileName)), "", found), found);
            errors.AddRange(found.Select(error => $"{FileName}: {error}"));
            return config;
        }
        catch (ModelConfigException exception)
        {
            errors.AddRange(exception.Errors.Select(error => $"{FileName}: {error}"));
            return null;
        }
    }

    /// <summary>The rank that a module's pair is to have.</summary>
    public int RankOf(string module) => Find(_ranks, module) ?? _rank;

    /// <summary>What B · (A · x) is multiplied by.</summary>
    public float ScalingOf(string module)
    {
        var rank = RankOf(module);
        return (float)((Find(_alphas, module) ?? _alpha) / (_isRankStabilized ? Math.Sqrt(rank) : rank));
    }

    private static double Alpha(ConfigReader reader, string key) => reader.Number(key, 0, 1e6);

    private static T? Find<T>(List<(Regex Module, T Value)> patterns, string module)
        where T : struct
    {
        foreach (var (pattern, value) in patterns)
        {
            if (pattern.IsMatch(module))
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>Keys are regular expressions for the end of a module's path, from one of its dots on; the first that fits counts.</summary>
    private static List<(Regex Module, T Value)> Patterns<T>(ConfigReader reader, string key, Func<ConfigReader, string, T> read, List<string> errors)
    {
        List<(Regex, T)> patterns = [];
        if (reader.Child(key) is { } child)
        {
            foreach (var pattern in child.Keys)
            {
                try
                {
                    // Without backtracking none takes long, whoever wrote it.
                    patterns.Add((new Regex($@"^(?:.*\.)?(?:{pattern})$", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant), read(child, pattern)));
                }
                catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
                {
                    errors.Add($"{key}.{pattern} is no regular expression that can be used: {exception.Message}");
                }
            }
        }

        return patterns;
    }
}

using System.Text.Json;
using Gateway.Engine.Tokenization.Gguf;
using Gateway.Engine.Tokenization.PreTokenizers;
using Gateway.Engine.Weights.Gguf;

namespace Gateway.Engine.Synthesis;

/// <summary>
/// A byte-level BPE vocabulary of any size that nobody trained: the 256 bytes, then pairs of bytes, then triples, each with the merge
/// that makes it; and two control tokens at the ids that the shape gives them. It encodes every text, and decodes every id.
/// </summary>
internal sealed class SyntheticVocabulary
{
    private const string Begin = "<｜begin▁of▁sentence｜>";
    private const string End = "<｜end▁of▁sentence｜>";
    private const int Plain = 1;
    private const int Control = 3;

    /// <summary>Turns that any model of this kind could have; V2-Lite's chat format is like it.</summary>
    public const string ChatTemplate =
        "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}User: {{ message['content'] }}\n\n"
        + "{% elif message['role'] == 'assistant' %}Assistant: {{ message['content'] }}{{ eos_token }}"
        + "{% else %}{{ message['content'] }}\n\n{% endif %}{% endfor %}{% if add_generation_prompt %}Assistant:{% endif %}";

    private readonly SyntheticShape _shape;
    private readonly string[] _tokens;
    private readonly List<(string Left, string Right)> _merges = [];

    public SyntheticVocabulary(SyntheticShape shape)
    {
        _shape = shape;
        _tokens = new string[shape.Vocabulary];
        using var texts = Texts().GetEnumerator();
        for (var id = 0; id < _tokens.Length; id++)
        {
            _tokens[id] = id == shape.BosId ? Begin
                : id == shape.EosId ? End
                : texts.MoveNext() ? texts.Current
                : throw new InvalidOperationException("There are no more triples of bytes.");
        }
    }

    /// <summary>The keys of a GGUF file.</summary>
    public void Describe(GgufWriter file)
    {
        file.Add(GgufVocabulary.Model, "gpt2");
        file.Add(GgufVocabulary.PreTokenizer, _shape.SplittingName);
        file.Add(GgufVocabulary.Tokens, _tokens);
        file.Add(GgufVocabulary.Types, [.. _tokens.Select((_, id) => IsControl(id) ? Control : Plain)]);
        file.Add(GgufVocabulary.Merges, [.. _merges.Select(merge => $"{merge.Left} {merge.Right}")]);
        file.Add(GgufVocabulary.BosId, (uint)_shape.BosId);
        file.Add(GgufVocabulary.EosId, (uint)_shape.EosId);
        file.Add(GgufVocabulary.AddBos, true);
        file.Add(GgufVocabulary.AddEos, false);
        file.Add(GgufVocabulary.ChatTemplate, ChatTemplate);
    }

    /// <summary>Writes tokenizer.json and tokenizer_config.json into a folder.</summary>
    public void Write(string folder)
    {
        using (var stream = File.Create(Path.Combine(folder, "tokenizer.json")))
        using (var json = new Utf8JsonWriter(stream))
        {
            WriteTokenizer(json);
        }

        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["add_bos_token"] = true,
            ["bos_token"] = Begin,
            ["eos_token"] = End,
            ["chat_template"] = ChatTemplate,
        }));
    }

    private bool IsControl(int id) => id == _shape.BosId || id == _shape.EosId;

    private IEnumerable<string> Texts()
    {
        string[] bytes = [.. Enumerable.Range(0, 256).Select(value => ByteAlphabet.CharacterOf((byte)value).ToString())];
        foreach (var one in bytes)
        {
            yield return one;
        }

        foreach (var first in bytes)
        {
            foreach (var second in bytes)
            {
                _merges.Add((first, second));
                yield return first + second;
            }
        }

        foreach (var third in bytes)
        {
            foreach (var first in bytes)
            {
                foreach (var second in bytes)
                {
                    _merges.Add((first + second, third));
                    yield return first + second + third;
                }
            }
        }
    }

    private void WriteTokenizer(Utf8JsonWriter json)
    {
        var splitting = GgufSplitting.Find(_shape.SplittingName)!;
        json.WriteStartObject();
        json.WriteString("version", "1.0");
        json.WriteStartArray("added_tokens");
        foreach (var id in new[] { _shape.BosId, _shape.EosId })
        {
            Write(json, new { id, content = _tokens[id], single_word = false, lstrip = false, rstrip = false, normalized = false, special = true });
        }

        json.WriteEndArray();
        json.WritePropertyName("normalizer");
        Write(json, splitting.Normalizes ? new { type = "NFC" } : null);
        json.WritePropertyName("pre_tokenizer");
        var splits = splitting.Patterns.Select(pattern => (object)new { type = "Split", pattern = new { Regex = pattern }, behavior = "Isolated", invert = false });
        Write(json, new
        {
            type = "Sequence",
            pretokenizers = splits.Append(new { type = "ByteLevel", add_prefix_space = false, trim_offsets = true, use_regex = false }),
        });
        json.WritePropertyName("post_processor");
        Write(json, new
        {
            type = "TemplateProcessing",
            single = new object[] { new { SpecialToken = new { id = Begin, type_id = 0 } }, new { Sequence = new { id = "A", type_id = 0 } } },
            pair = Array.Empty<object>(),
            special_tokens = new Dictionary<string, object> { [Begin] = new { id = Begin, ids = new[] { _shape.BosId }, tokens = new[] { Begin } } },
        });
        json.WritePropertyName("decoder");
        Write(json, new { type = "ByteLevel", add_prefix_space = true, trim_offsets = true, use_regex = true });
        WriteModel(json, splitting.IgnoresMerges);
        json.WriteEndObject();
    }

    private void WriteModel(Utf8JsonWriter json, bool ignoresMerges)
    {
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        json.WriteBoolean("byte_fallback", false);
        json.WriteBoolean("ignore_merges", ignoresMerges);
        json.WriteStartObject("vocab");
        for (var id = 0; id < _tokens.Length; id++)
        {
            if (!IsControl(id))
            {
                json.WriteNumber(_tokens[id], id);
            }
        }

        json.WriteEndObject();
        json.WriteStartArray("merges");
        foreach (var (left, right) in _merges)
        {
            json.WriteStartArray();
            json.WriteStringValue(left);
            json.WriteStringValue(right);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, object? value) => JsonSerializer.Serialize(json, value);
}

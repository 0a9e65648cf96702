using System.Text.Json;
using Gateway.Engine.Constraints;
using Gateway.Engine.Constraints.Automata;
using Xunit;

namespace Gateway.Engine.Tests.Constraints.JsonSchema;

public sealed class SchemaGrammarTests
{
    [Theory]
    [InlineData("true", """{"a":[1]}|"x"|null|-0.5""", "")]
    [InlineData("""{"type":"string"}""", """ ""|"a\"é\u00e9\/"|"😀"|"\ud83d\ude00" """, """ "|"\ud83d"|'a'|"\u12"|1""")]
    [InlineData("""{"type":"string","minLength":1,"maxLength":3}""", """ "a"|"äöü"|"\n\ud83d\ude00a" """, """ ""|"abcd"|"a\nbc" """)]
    [InlineData("""{"type":"string","minLength":2,"maxLength":9000}""", """ "ab"|"äöüabcdefghijklmnopq" """, """ "a" """)]
    [InlineData("""{"type":"string","pattern":"^[a-c]+$"}""", """ "abc" """, """ ""|"abd"|" abc" """)]
    [InlineData("""{"type":"string","pattern":"b"}""", """ "abc"|"b"|"\"b" """, """ "acd" """)]
    [InlineData("""{"type":"string","pattern":"^a|b$"}""", """ "ax"|"xb"|"a" """, """ "xa"|"bx" """)]
    [InlineData("""{"type":"string","pattern":"^a*$","minLength":2,"maxLength":4}""", """ "aa"|"aaaa" """, """ "a"|"aaaaa"|"ab" """)]
    [InlineData("""{"type":"string","pattern":"^[\"\\\\\\n]$"}""", """ "\""|"\\"|"\n" """, """ "n"|"a" """)]
    [InlineData("""{"type":"string","format":"date"}""", """ "2024-02-29"|"1999-12-31" """, """ "2023-02-29"|"2024-13-01"|"2024-04-31" """)]
    [InlineData("""{"type":"string","format":"date-time"}""", """ "2024-01-31T23:59:59Z"|"2024-01-31T00:00:00.25+02:00" """, """ "2024-01-31 23:59:59Z"|"2024-01-31T24:00:00Z" """)]
    [InlineData("""{"type":"string","format":"uuid"}""", """ "123e4567-e89b-12d3-a456-426614174000" """, """ "123e4567e89b12d3a456426614174000" """)]
    [InlineData("""{"type":"string","format":"ipv4"}""", """ "127.0.0.1"|"255.1.20.9" """, """ "256.1.1.1"|"1.2.3"|"01.2.3.4" """)]
    [InlineData("""{"type":"string","format":"ipv6"}""", """ "::1"|"::"|"1:2:3:4:5:6:7:8"|"fe80::1:2" """, """ "1:2:3"|"1::2::3"|":1" """)]
    [InlineData("""{"type":"string","format":"email"}""", """ "a.b@example.org" """, """ "a b@example.org"|"a@"|"@b" """)]
    [InlineData("""{"type":"string","format":"duration"}""", """ "P1Y2M3DT4H5M6S"|"PT1S"|"P4W" """, """ "P"|"PT"|"P1S" """)]
    [InlineData("""{"type":"integer"}""", "0|-1|123456789012345678901234567890", "01|1.0|1e3|+1|-")]
    [InlineData("""{"type":"number"}""", "0|-0|1.25|1e10|2E-5", "1.|.5|1e|1e+|1e1000|0x1")]
    [InlineData("""{"type":"integer","minimum":-12,"maximum":105}""", "-12|-1|0|9|99|105|100", "-13|106|999|-0|-99")]
    [InlineData("""{"type":"integer","exclusiveMinimum":0,"exclusiveMaximum":3}""", "1|2", "0|3|-1")]
    [InlineData("""{"type":"integer","minimum":1.5,"maximum":3.5}""", "2|3", "1|4")]
    [InlineData("""{"type":"integer","minimum":1000000000000000000000}""", "1000000000000000000000|9999999999999999999999", "999999999999999999999|1")]
    [InlineData("""{"type":"number","minimum":-1.5,"maximum":2.25}""", "-1.5|-1.50|-0.3|0|0.0|2.25|2.250|2|2.2499|1.999", "-1.51|2.26|2.2501|3|-2|1e0")]
    [InlineData("""{"type":"number","exclusiveMinimum":0,"exclusiveMaximum":0.05}""", "0.0001|0.0499|0.01", "0|0.0|0.05|0.050|-0.01|0.1")]
    [InlineData("""{"type":"number","maximum":-2}""", "-2|-2.0|-2.5|-10", "-1.9|0|2|-0")]
    [InlineData("""{"type":"number","minimum":50,"maximum":50}""", "50|50.0|50.00", "500|5|50.01|49.9")]
    [InlineData("""{"type":"boolean"}""", "true|false", "True|1|null")]
    [InlineData("""{"type":["string","null"]}""", """null|"x" """, "1|true")]
    [InlineData("""{"type":"integer","nullable":true}""", "null|1", "\"x\"")]
    [InlineData("""{"enum":["a",1,null,{"b":[1,2]}]}""", """ "a"|1|null|{"b":[1,2]}|{"b": [1, 2]}""", """ "b"|2|{"b":[2,1]}|{}""")]
    [InlineData("""{"type":"string","enum":["a",1,"bcd"],"maxLength":2}""", "\"a\"", "1|\"bcd\"")]
    [InlineData("""{"type":"integer","enum":[1,5,9],"minimum":3}""", "5|9", "1")]
    [InlineData("""{"const":"é\n"}""", "\"é\\n\"", "\"e\"")]
    public void FromJsonSchema_Scalars_AllowWhatTheSchemaDoes(string schema, string valid, string invalid) => AssertTells(schema, valid, invalid);

    [Theory]
    [InlineData("""{"type":"array"}""", """[]|[1,"a",[]]""", "[1,]|{}")]
    [InlineData("""{"type":"array","items":{"type":"integer"},"minItems":1,"maxItems":3}""", "[1]|[1, 2]|[1,2,3]", "[]|[1,2,3,4]|[\"a\"]")]
    [InlineData("""{"type":"array","items":{"type":"integer"},"maxItems":0}""", "[]", "[1]")]
    [InlineData("""{"type":"array","items":{"type":"integer"},"minItems":300,"maxItems":300}""", "", "[1,2]")]
    [InlineData("""{"type":"array","prefixItems":[{"type":"integer"},{"type":"string"}],"items":false}""", "[]|[1]|[1,\"a\"]", "[\"a\"]|[1,\"a\",2]")]
    [InlineData("""{"type":"array","prefixItems":[{"type":"integer"},{"type":"string"}],"items":{"type":"null"},"minItems":3}""", "[1,\"a\",null]|[1,\"a\",null,null]", "[1,\"a\"]|[1,\"a\",2]")]
    [InlineData("""{"type":"object"}""", """{}|{"a":1}""", "[]")]
    [InlineData(
        """{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"string"},"c":{"type":"null"}},"required":["b"]}""",
        """{"b":"x"}|{"a":1,"b":"x"}|{"a":1,"b":"x","c":null}|{"b": "x", "c": null}""",
        """{}|{"a":1}|{"b":"x","a":1}|{"b":"x","d":1}|{"a":1,"b":"x",}""")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"integer"}}}""", """{}|{"a":1}""", """{"b":1}""")]
    [InlineData(
        """{"type":"object","properties":{"a":{"type":"integer"}},"additionalProperties":{"type":"string"}}""",
        """{}|{"a":1}|{"a":1,"b":"x"}|{"b":"x","aa":"y"}|{"\"":"z"}""",
        """{"a":"x"}|{"b":1}|{"b":"x","a":1}""")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"integer"}},"additionalProperties":true}""", """{"a":1,"b":[null]}""", """{"a":"x"}""")]
    [InlineData("""{"type":"object","additionalProperties":{"type":"integer"},"minProperties":1,"maxProperties":2}""", """{"a":1}|{"a":1,"b":2}""", """{}|{"a":1,"b":2,"c":3}""")]
    [InlineData("""{"type":"object","properties":{},"additionalProperties":false}""", "{}|{ }", """{"a":1}""")]
    [InlineData("""{"type":"object","required":["x"]}""", """{"x":1}|{"x":"a"}""", "{}")]
    [InlineData("""{"properties":{"a/b~\"":{"type":"null"}},"required":["a/b~\""]}""", """{"a/b~\"":null}""", "{}|1")]
    [InlineData("""{"type":"object","properties":{"a":false,"b":true}}""", """{}|{"b":[]}""", """{"a":1}""")]
    public void FromJsonSchema_Containers_AllowWhatTheSchemaDoes(string schema, string valid, string invalid) => AssertTells(schema, valid, invalid);

    [Theory]
    [InlineData("""{"anyOf":[{"type":"integer"},{"type":"string","maxLength":1}]}""", "1|\"a\"", "\"ab\"|null")]
    [InlineData("""{"type":["integer","string"],"anyOf":[{"minimum":5},{"type":"string"}]}""", "5|\"a\"", "4|null")]
    [InlineData("""{"oneOf":[{"type":"integer"},{"type":"string"}]}""", "1|\"a\"", "null")]
    [InlineData(
        """{"oneOf":[{"type":"object","properties":{"k":{"const":"a"},"v":{"type":"integer"}},"required":["k","v"]},{"type":"object","properties":{"k":{"const":"b"}},"required":["k"]}]}""",
        """{"k":"a","v":1}|{"k":"b"}""", """{"k":"a"}|{"k":"b","v":1}""")]
    [InlineData("""{"allOf":[{"type":"integer","minimum":3},{"maximum":5}]}""", "3|5", "2|6")]
    [InlineData(
        """{"allOf":[{"type":"object","properties":{"a":{"type":"integer","minimum":2}},"required":["a"]},{"properties":{"a":{"maximum":3},"b":{"type":"null"}}}]}""",
        """{"a":2}|{"a":3,"b":null}""", """{"a":1}|{"a":4}|{"b":null}""")]
    [InlineData(
        """{"allOf":[{"type":"object","properties":{"a":{"type":"integer"}},"additionalProperties":false},{"properties":{"b":{"type":"null"}}}]}""",
        """{}|{"a":1}""", """{"b":null}""")]
    [InlineData("""{"$ref":"#/$defs/x","$defs":{"x":{"type":"integer"}}}""", "1", "\"a\"")]
    [InlineData("""{"$ref":"#/$defs/x","minimum":2,"$defs":{"x":{"type":"integer"}}}""", "2", "1")]
    [InlineData(
        """{"type":"object","properties":{"v":{"type":"integer"},"next":{"anyOf":[{"$ref":"#"},{"type":"null"}]}},"required":["v","next"]}""",
        """{"v":1,"next":null}|{"v":1,"next":{"v":2,"next":{"v":3,"next":null}}}""", """{"v":1}|{"v":1,"next":{"v":2}}""")]
    [InlineData(
        """{"$ref":"#/definitions/tree","definitions":{"tree":{"type":"array","items":{"$ref":"#/definitions/tree"}}}}""", "[]|[[],[[]]]", "[1]|[[]")]
    [InlineData(
        """{"anyOf":[{"$ref":"#/$defs/a"},{"$ref":"#/$defs/b"}],"$defs":{"a":{"type":"object","properties":{"x":{"$ref":"#/$defs/b"}}},"b":{"type":"object","properties":{"x":{"$ref":"#/$defs/a"},"y":{"type":"null"}}}}}""",
        """{"x":{"x":{}}}|{"x":{"y":null}}|{"y":null}|{"x":{"x":{},"y":null}}""", """{"z":1}|{"x":{"z":1}}""")]
    public void FromJsonSchema_Combinations_AllowWhatTheSchemaDoes(string schema, string valid, string invalid) => AssertTells(schema, valid, invalid);

    [Theory]
    [InlineData("""{"type":"number","multipleOf":0.5}""", "", "multipleOf")]
    [InlineData("""{"type":"object","properties":{"a":{"not":{}}}}""", "/properties/a", "not")]
    [InlineData("""{"items":{"if":true,"then":true}}""", "/items", "if")]
    [InlineData("""{"patternProperties":{}}""", "", "patternProperties")]
    [InlineData("""{"type":"array","uniqueItems":true}""", "", "uniqueItems")]
    [InlineData("""{"type":"array","items":[{}]}""", "", "items")]
    [InlineData("""{"type":"text"}""", "", "type")]
    [InlineData("""{"type":[]}""", "", "")]
    [InlineData("""{"properties":{"a/b":{"type":7}}}""", "/properties/a~1b", "type")]
    [InlineData("""{"properties":{"a":3}}""", "/properties/a", "")]
    [InlineData("""{"properties":[]}""", "", "properties")]
    [InlineData("""{"required":"a"}""", "", "required")]
    [InlineData("""{"enum":[]}""", "", "enum")]
    [InlineData("""{"anyOf":[]}""", "", "anyOf")]
    [InlineData("""{"minLength":-1}""", "", "minLength")]
    [InlineData("""{"minimum":"1"}""", "", "minimum")]
    [InlineData("""{"maximum":1e999999}""", "", "maximum")]
    [InlineData("""{"type":"string","pattern":"(a)\\1"}""", "", "pattern")]
    [InlineData("""{"type":"string","pattern":"("}""", "", "pattern")]
    [InlineData("""{"type":"string","format":"credit-card"}""", "", "format")]
    [InlineData("""{"$ref":"other.json"}""", "", "$ref")]
    [InlineData("""{"$ref":"#/$defs/none"}""", "", "$ref")]
    [InlineData("""{"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}}}""", "/$defs/b", "$ref")]
    [InlineData("""{"oneOf":[{"type":"integer"},{"type":"number"}]}""", "", "oneOf")]
    [InlineData("""{"type":"object","properties":{"a":{}},"minProperties":1}""", "", "minProperties")]
    [InlineData("""{"type":"integer","enum":["a"]}""", "", "")]
    [InlineData("""{"type":"integer","minimum":3,"maximum":2}""", "", "")]
    [InlineData("false", "", "")]
    [InlineData("3", "", "")]
    public void FromJsonSchema_WhatCannotBe_IsRefusedByPointerAndKeyword(string schema, string pointer, string keyword)
    {
        var exception = Assert.Throws<JsonSchemaException>(() => Grammar.FromJsonSchema(JsonElement.Parse(schema)));
        Assert.Equal((pointer, keyword), (exception.Pointer, exception.Keyword));
        Assert.Contains(keyword, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FromJsonSchema_NotStrict_LeavesOutWhatCannotBeEnforced()
    {
        var grammar = Grammar.FromJsonSchema(
            JsonElement.Parse("""{"type":"object","properties":{"a":{"type":"number","multipleOf":0.5},"b":{"type":"string","pattern":"\\bx"}},"not":{}}"""),
            isStrict: false);
        Assert.True(grammar.Accepts("""{"a":0.3,"b":"y"}"""));
        Assert.False(grammar.Accepts("""{"a":"0.3"}"""));
        Assert.Throws<JsonSchemaException>(() => Grammar.FromJsonSchema(JsonElement.Parse("""{"type":"text"}"""), isStrict: false));
    }

    [Fact]
    public void FromJsonSchema_VeryManyOptionalProperties_ComeInAnyOrder()
    {
        var properties = string.Join(',', Enumerable.Range(0, 1_000).Select(i => $"\"p{i}\":{{\"type\":\"integer\"}}"));
        var grammar = Grammar.FromJsonSchema(JsonElement.Parse(
            $$$"""{"type":"object","properties":{"first":{"type":"string"},{{{properties}}},"last":{"type":"string"}},"required":["first","last"]}"""));
        Assert.InRange(GrammarCompiler.Compile(grammar).StateCount, 1, 1_000);
        Assert.True(grammar.Accepts("""{"first":"a","last":"b"}"""));
        Assert.True(grammar.Accepts("""{"first":"a", "p7":1, "p3":2, "p999":3, "last":"b"}"""));
        Assert.False(grammar.Accepts("""{"p7":1,"first":"a","last":"b"}"""));
        Assert.False(grammar.Accepts("""{"first":"a","p7":"x","last":"b"}"""));
        Assert.False(grammar.Accepts("""{"first":"a","p1000":1,"last":"b"}"""));
        Assert.False(grammar.Accepts("""{"first":"a","p7":1}"""));

        var alone = Grammar.FromJsonSchema(JsonElement.Parse($$$"""{"type":"object","properties":{ {{{properties}}} }}"""));
        Assert.True(alone.Accepts("{}"));
        Assert.True(alone.Accepts("""{"p5":1}"""));
        Assert.True(alone.Accepts("""{"p5":1,"p4":1}"""));
        Assert.False(alone.Accepts("""{"p5":1,}"""));
        Assert.False(alone.Accepts("""{,"p5":1}"""));
    }

    [Fact]
    public void FromJsonSchema_ManyOptionalProperties_StaySmallAndMayAllBeLeftOut()
    {
        var properties = string.Join(',', Enumerable.Range(0, 256).Select(i => $"\"p{i}\":{{\"type\":\"string\"}}"));
        var grammar = Grammar.FromJsonSchema(JsonElement.Parse($"{{\"type\":\"object\",\"properties\":{{{properties}}}}}"));
        Assert.True(grammar.Accepts("{}"));
        Assert.True(grammar.Accepts("""{"p3":"a","p255":"b"}"""));
        Assert.False(grammar.Accepts("""{"p4":"a","p3":"b"}"""));
    }

    [Fact]
    public void FromJsonSchema_DefinitionsThatDouble_StaySmall()
    {
        var definitions = string.Join(',', Enumerable.Range(0, 60).Select(i =>
            $"\"d{i}\":{{\"type\":\"object\",\"properties\":{{\"a\":{{\"$ref\":\"#/$defs/d{i + 1}\"}},\"b\":{{\"$ref\":\"#/$defs/d{i + 1}\"}}}}}}"));
        var grammar = Grammar.FromJsonSchema(JsonElement.Parse($"{{\"$ref\":\"#/$defs/d0\",\"$defs\":{{{definitions},\"d60\":{{\"type\":\"null\"}}}}}}"));
        Assert.True(grammar.Accepts("""{"a":{"b":{}},"b":{}}"""));
    }

    [Fact]
    public void FromJsonSchema_ReferencesThatDoubleInAllOf_AreFollowedOnce()
    {
        var definitions = string.Join(',', Enumerable.Range(0, 60).Select(i => $"\"d{i}\":{{\"allOf\":[{{\"$ref\":\"#/$defs/d{i + 1}\"}},{{\"$ref\":\"#/$defs/d{i + 1}\"}}]}}"));
        var grammar = Grammar.FromJsonSchema(JsonElement.Parse($"{{\"$ref\":\"#/$defs/d0\",\"$defs\":{{{definitions},\"d60\":{{\"type\":\"null\"}}}}}}"));
        Assert.True(grammar.Accepts("null"));
        Assert.False(grammar.Accepts("1"));
    }

    [Theory]
    [InlineData(14)]
    [InlineData(16)]
    public void FromJsonSchema_ChoicesThatMultiply_AreRefused(int choices)
    {
        var all = string.Join(',', Enumerable.Range(0, choices).Select(i => $"{{\"anyOf\":[{{\"minLength\":{i}}},{{\"maxLength\":{100 + i}}}]}}"));
        var exception = Assert.Throws<JsonSchemaException>(() => Grammar.FromJsonSchema(JsonElement.Parse($"{{\"type\":\"string\",\"allOf\":[{all}]}}")));
        Assert.Contains("too large", exception.Message, StringComparison.Ordinal);
    }

    private static void AssertTells(string schema, string valid, string invalid)
    {
        var grammar = Grammar.FromJsonSchema(JsonElement.Parse(schema));
        foreach (var (documents, isValid) in new[] { (valid, true), (invalid, false) })
        {
            foreach (var document in documents.Split('|', StringSplitOptions.RemoveEmptyEntries))
            {
                Assert.True(grammar.Accepts(document.Trim(' ')) == isValid, $"{document} is {(isValid ? "valid" : "invalid")} for {schema}");
            }
        }
    }
}

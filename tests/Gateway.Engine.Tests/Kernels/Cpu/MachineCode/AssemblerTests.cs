using System.Diagnostics;
using Gateway.Engine.Kernels.Cpu.BFloat16Panels;
using Gateway.Engine.Kernels.Cpu.MachineCode;
using Gateway.Engine.Kernels.Cpu.Panels;
using Xunit;

namespace Gateway.Engine.Tests.Kernels.Cpu.MachineCode;

/// <summary>What the assembler writes, as GNU objdump (package binutils) reads it.</summary>
public sealed class AssemblerTests
{
    [Fact]
    public void Write_EveryInstruction_IsWhatADisassemblerReads()
    {
        var code = new Assembler();
        List<string> expected = [];
        void Expect(string text) => expected.Add(text);
        var (near, far) = (new Address(Gpr.Rdi, Gpr.Rax, 64), new Address(Gpr.R13, Gpr.R12, 0x1234));
        code.Push(Gpr.Rbx);
        Expect("push rbx");
        code.Push(Gpr.R12);
        Expect("push r12");
        code.Mov(Gpr.Rcx, new Address(Gpr.Rdi));
        Expect("mov rcx,QWORD PTR [rdi]");
        code.Mov(Gpr.R10, new Address(Gpr.Rbp));
        Expect("mov r10,QWORD PTR [rbp+0x0]");
        code.Mov(Gpr.Rax, new Address(Gpr.Rsp, -8));
        Expect("mov rax,QWORD PTR [rsp-0x8]");
        code.Mov(Gpr.R9, 64);
        Expect("mov r9d,0x40");
        code.Lea(Gpr.R8, new Address(Gpr.Rsi, Gpr.R9, 0));
        Expect("lea r8,[rsi+r9*1]");
        var here = code.Here;
        code.Add(Gpr.R11, 1088);
        Expect("add r11,0x440");
        code.Jnz(here);
        Expect($"jne 0x{here:x}");
        code.Prefetcht0(new Address(Gpr.R10, 2048));
        Expect("prefetcht0 BYTE PTR [r10+0x800]");
        code.Prefetcht0(new Address(Gpr.Rcx, 2048));
        Expect("prefetcht0 BYTE PTR [rcx+0x800]");
        code.Prefetcht1(new Address(Gpr.R10, 64));
        Expect("prefetcht1 BYTE PTR [r10+0x40]");
        code.Vpxord(new Zmm(17), new Zmm(2), new Zmm(31));
        Expect("vpxord zmm17,zmm2,zmm31");
        code.Vmovdqu32(new Zmm(28), near);
        Expect("vmovdqu32 zmm28,ZMMWORD PTR [rdi+rax*1+0x40]");
        code.Vmovups(far, new Zmm(9));
        Expect("vmovups ZMMWORD PTR [r13+r12*1+0x1234],zmm9");
        code.Vpbroadcastd(new Zmm(25), new Address(Gpr.R12, Gpr.Rax, 132));
        Expect("vpbroadcastd zmm25,DWORD PTR [r12+rax*1+0x84]");
        code.Vpbroadcastd(new Zmm(24), Gpr.Rax);
        Expect("vpbroadcastd zmm24,eax");
        code.Vpslld(new Zmm(12), new Zmm(20), 8);
        Expect("vpslld zmm12,zmm20,0x8");
        code.Vpsrlw(new Zmm(30), new Zmm(3), 4);
        Expect("vpsrlw zmm30,zmm3,0x4");
        code.Vpsllw(new Zmm(29), new Zmm(4), 3);
        Expect("vpsllw zmm29,zmm4,0x3");
        code.Vpord(new Zmm(28), new Zmm(5), new Zmm(29));
        Expect("vpord zmm28,zmm5,zmm29");
        code.VpanddBroadcast(new Zmm(29), new Zmm(3), new Address(Gpr.Rdi, 120));
        Expect("vpandd zmm29,zmm3,DWORD BCST [rdi+0x78]");
        code.Vpandd(new Zmm(1), new Zmm(16), new Zmm(8));
        Expect("vpandd zmm1,zmm16,zmm8");
        code.Vpaddd(new Zmm(1), new Zmm(2), new Zmm(24));
        Expect("vpaddd zmm1,zmm2,zmm24");
        code.Vpaddd(new Zmm(15), new Zmm(15), new Address(Gpr.R10, 1024));
        Expect("vpaddd zmm15,zmm15,ZMMWORD PTR [r10+0x400]");
        code.VpadddBroadcast(new Zmm(23), new Zmm(23), new Address(Gpr.Rsi, Gpr.Rax, 136));
        Expect("vpaddd zmm23,zmm23,DWORD BCST [rsi+rax*1+0x88]");
        code.Vcvtdq2ps(new Zmm(13), new Zmm(30));
        Expect("vcvtdq2ps zmm13,zmm30");
        code.Vcvtph2ps(new Zmm(26), new Address(Gpr.Rdx, 32));
        Expect("vcvtph2ps zmm26,YMMWORD PTR [rdx+0x20]");
        code.Vpmovsxbd(new Zmm(30), new Address(Gpr.Rbp, 80));
        Expect("vpmovsxbd zmm30,XMMWORD PTR [rbp+0x50]");
        code.Vmulps(new Zmm(29), new Zmm(6), new Zmm(28));
        Expect("vmulps zmm29,zmm6,zmm28");
        code.VmulpsBroadcast(new Zmm(4), new Zmm(5), new Address(Gpr.Rbp, Gpr.Rax, 128));
        Expect("vmulps zmm4,zmm5,DWORD BCST [rbp+rax*1+0x80]");
        code.Vfmadd231ps(new Zmm(0), new Zmm(12), new Zmm(26));
        Expect("vfmadd231ps zmm0,zmm12,zmm26");
        code.Vfmadd231psBroadcast(new Zmm(22), new Zmm(31), new Address(Gpr.Rbx, Gpr.Rax, 168));
        Expect("vfmadd231ps zmm22,zmm31,DWORD BCST [rbx+rax*1+0xa8]");
        code.Vfmadd213ps(new Zmm(7), new Zmm(17), new Address(Gpr.R11, 192));
        Expect("vfmadd213ps zmm7,zmm17,ZMMWORD PTR [r11+0xc0]");
        code.Vpdpbusd(new Zmm(23), new Zmm(31), new Zmm(25));
        Expect("vpdpbusd zmm23,zmm31,zmm25");
        code.Vdpbf16ps(new Zmm(13), new Zmm(30), new Zmm(25));
        Expect("vdpbf16ps zmm13,zmm30,zmm25");
        code.Ldtilecfg(new Address(Gpr.Rax));
        Expect("ldtilecfg [rax]");
        code.Tilezero(new Tmm(3));
        Expect("tilezero tmm3");
        code.Tileloadd(new Tmm(6), new Address(Gpr.R10, Gpr.R9, 4096));
        Expect("tileloadd tmm6,[r10+r9*1+0x1000]");
        code.Tilestored(new Address(Gpr.R10, Gpr.R9, 1024), new Tmm(1));
        Expect("tilestored [r10+r9*1+0x400],tmm1");
        code.Tdpbsud(new Tmm(1), new Tmm(5), new Tmm(7));
        Expect("tdpbsud tmm1,tmm5,tmm7");
        code.Tdpbf16ps(new Tmm(3), new Tmm(5), new Tmm(6));
        Expect("tdpbf16ps tmm3,tmm5,tmm6");
        code.Tilerelease();
        Expect("tilerelease");
        code.Vzeroupper();
        Expect("vzeroupper");
        code.Pop(Gpr.R12);
        Expect("pop r12");
        code.Ret();
        Expect("ret");
        Assert.Equal(expected, Disassemble(code.ToArray()));
    }

    /// <summary>Every function of the kernels: no byte that is not an instruction, and the right number of the ones that matter.</summary>
    [Fact]
    public void Write_EveryKernelFunction_IsMadeOfTheInstructionsIntended()
    {
        foreach (var codes in PanelCodes.All)
        {
            var (sums, minima) = (2 * codes.SumsPerBlock, codes.HasMinima ? 2 : 0);
            for (var tokens = 1; tokens <= VnniCode.MaxTokens; tokens++)
            {
                for (var panels = 1; panels <= VnniCode.PanelsFor(tokens); panels *= 2)
                {
                    var lines = Disassemble(VnniCode.Write(codes, panels, tokens));
                    Assert.DoesNotContain(lines, line => line.Contains("bad", StringComparison.Ordinal));
                    Assert.Equal(2 * 2 * 8 * panels * tokens, Count(lines, "vpdpbusd"));
                    Assert.Equal(sums * panels * tokens, Count(lines, "vfmadd213ps"));
                    Assert.Equal(minima * panels * tokens, Count(lines, "vfmadd231ps"));
                    Assert.Equal("ret", lines[^1]);
                }
            }

            for (var tokens = 1; tokens <= AmxCode.MaxTokens; tokens += 5)
            {
                for (var panels = 1; panels <= AmxCode.MaxPanels; panels++)
                {
                    var lines = Disassemble(AmxCode.Write(codes, panels, tokens));
                    Assert.DoesNotContain(lines, line => line.Contains("bad", StringComparison.Ordinal));
                    Assert.Equal(2 * sums * panels, Count(lines, "tdpbsud"));
                    Assert.Equal(sums * panels * tokens, Count(lines, "vfmadd213ps"));
                    Assert.Equal(minima * panels * tokens, Count(lines, "vfmadd231ps"));
                    Assert.Equal("ret", lines[^1]);
                }
            }
        }
    }

    [Fact]
    public void Write_EveryStream_IsMadeOfTheInstructionsIntended()
    {
        foreach (var format in PanelFormat.All)
        {
            var (blocks, codes) = (2 * format.UnitSteps, format.Codes);
            for (var tokens = 1; tokens <= VnniStreamCode.MaxTokens; tokens++)
            {
                for (var panels = 1; panels <= VnniStreamCode.PanelsFor(tokens); panels *= 2)
                {
                    var lines = Disassemble(VnniStreamCode.Write(format, panels, tokens));
                    Assert.DoesNotContain(lines, line => line.Contains("bad", StringComparison.Ordinal));
                    Assert.Equal(2 * 8 * blocks * panels * tokens, Count(lines, "vpdpbusd"));
                    Assert.Equal(blocks * (codes.SumsPerBlock + (codes.HasMinima ? 1 : 0)) * panels * tokens, Count(lines, "vfmadd231ps"));
                    Assert.Equal(format.Bits > 4 && format.Bits < 8 ? 8 * blocks * panels : 0, Count(lines, "vpord"));

                    // Every line of a unit is asked for, once.
                    var asked = lines.Where(line => line.StartsWith("prefetcht0", StringComparison.Ordinal));
                    Assert.Equal(format.UnitBytes / 64 * panels, asked.Distinct().Count());
                    Assert.Equal(format.UnitBytes / 64 * panels, Count(lines, "prefetcht0"));
                    Assert.Equal("ret", lines[^1]);
                }
            }
        }
    }

    [Fact]
    public void Write_EveryBFloat16Function_IsMadeOfTheInstructionsIntended()
    {
        for (var tokens = 1; tokens <= Avx512BFloat16Code.MaxTokens; tokens++)
        {
            for (var panels = 1; panels <= Avx512BFloat16Code.PanelsFor(tokens); panels *= 2)
            {
                var lines = Disassemble(Avx512BFloat16Code.Write(panels, tokens));
                Assert.DoesNotContain(lines, line => line.Contains("bad", StringComparison.Ordinal));
                Assert.Equal(16 * panels * tokens, Count(lines, "vdpbf16ps"));
                Assert.Equal("ret", lines[^1]);
            }
        }

        for (var tokens = 1; tokens <= AmxBFloat16Code.MaxTokens; tokens += 5)
        {
            for (var panels = 1; panels <= AmxBFloat16Code.PanelsFor(tokens); panels *= 2)
            {
                var lines = Disassemble(AmxBFloat16Code.Write(panels, tokens));
                var halves = tokens <= 16 ? 1 : 2;
                Assert.DoesNotContain(lines, line => line.Contains("bad", StringComparison.Ordinal));
                Assert.Equal(panels * halves, Count(lines, "tdpbf16ps"));
                Assert.Equal(panels * halves, Count(lines, "tilestored"));
                Assert.Equal("ret", lines[^1]);
            }
        }
    }

    private static int Count(string[] lines, string mnemonic) => lines.Count(line => line.StartsWith(mnemonic, StringComparison.Ordinal));

    private static string[] Disassemble(byte[] code)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, code);
            using var process = Process.Start(new ProcessStartInfo(
                "objdump", ["-D", "-b", "binary", "-m", "i386:x86-64", "-M", "intel", "--no-show-raw-insn", file])
            {
                RedirectStandardOutput = true,
            })!;
            var text = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return
            [
                .. from line in text.Split('\n')
                   let tab = line.IndexOf('\t', StringComparison.Ordinal)
                   where tab > 0 && line[tab - 1] == ':'
                   select string.Join(' ', line[(tab + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)),
            ];
        }
        finally
        {
            File.Delete(file);
        }
    }
}

"""What this GPU can do at most, as PyTorch reaches it: bytes per second of a large copy, operations per second of a large product."""
import torch


def timed(work, repeats):
    """Median milliseconds of work, by events."""
    for _ in range(3):
        work()
    times = []
    for _ in range(repeats):
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        work()
        end.record()
        torch.cuda.synchronize()
        times.append(start.elapsed_time(end))
    return sorted(times)[len(times) // 2]


def main():
    print(f"# {torch.cuda.get_device_name()}, torch {torch.__version__}")
    source = torch.empty(4 << 30, dtype=torch.uint8, device="cuda").random_()
    target = torch.empty_like(source)
    copy = timed(lambda: target.copy_(source), 10)
    print(f"RESULT copy_tb_per_s {2 * source.numel() / copy / 1e9:.3f}")
    halves = source.view(torch.float32)
    read = timed(lambda: halves.sum(), 10)
    print(f"RESULT read_tb_per_s {source.numel() / read / 1e9:.3f}")
    del source, target, halves
    a, b = (torch.randn(8192, 8192, dtype=torch.bfloat16, device="cuda") for _ in range(2))
    product = timed(lambda: a @ b, 10)
    print(f"RESULT product_tflops {2 * 8192**3 / product / 1e9:.1f}")


main()

"""One small reader for each format. ``ALL`` is the list that detection goes through; their order says nothing."""

from __future__ import annotations

from planner.benchmark.reader import Reader
from planner.benchmark.readers import (
    codecarbon,
    csv_columns,
    dllogger,
    hf_all_results,
    hf_stdout,
    hf_trainer_state,
    keras,
    lightning,
    llama_bench,
    llama_bench_table,
    megatron,
    mlenergy,
    mlflow_files,
    mlflow_sqlite,
    mlperf_inference,
    mlperf_training,
    nanogpt,
    nemo,
    nvidia_dmon,
    nvidia_smi,
    optuna,
    own_log,
    pytest_benchmark,
    ray_tune,
    rl_progress,
    sacct,
    sb3_monitor,
    serving_bench,
    sglang_batch,
    tensorboard,
    timm,
    torch_profiler,
    ultralytics,
    vllm_offline,
    wandb,
    wandb_export,
)

ALL: tuple[Reader, ...] = (
    *hf_trainer_state.READERS, *hf_all_results.READERS, *hf_stdout.READERS, *tensorboard.READERS, *lightning.READERS,
    *wandb.READERS, *wandb_export.READERS, *mlflow_files.READERS, *mlflow_sqlite.READERS, *nanogpt.READERS,
    *megatron.READERS, *nemo.READERS, *dllogger.READERS, *keras.READERS, *timm.READERS, *ultralytics.READERS,
    *sb3_monitor.READERS, *rl_progress.READERS, *ray_tune.READERS, *optuna.READERS, *mlperf_training.READERS,
    *mlperf_inference.READERS, *serving_bench.READERS, *llama_bench.READERS, *llama_bench_table.READERS,
    *sglang_batch.READERS, *vllm_offline.READERS, *mlenergy.READERS, *nvidia_smi.READERS, *nvidia_dmon.READERS,
    *codecarbon.READERS, *sacct.READERS, *torch_profiler.READERS, *pytest_benchmark.READERS, *own_log.READERS,
    *csv_columns.READERS,
)  # fmt: skip

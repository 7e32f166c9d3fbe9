"""LoRA files in every format, and the weights that peft computes when it merges them into a tiny FLUX transformer.

Owns tests/weights/golden/lora_*. Each case is a pair: the adapter file as its trainer would write it, and the changed
weights under diffusers names (`*_merged`). `lora_base` holds the transformer before.
"""

import copy
import json
import pathlib
import re
import tempfile

import torch
from diffusers import FluxPipeline, FluxTransformer2DModel
from diffusers.loaders.lora_conversion_utils import _convert_xlabs_flux_lora_to_diffusers
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict, inject_adapter_in_model
from safetensors.torch import load_file

from cases import fixture_path, generator, save, seed_weights

ROOM = "weights"
D, MLP = 12, 48


def tiny_transformer():
    model = FluxTransformer2DModel(
        patch_size=1, in_channels=12, out_channels=4, num_layers=1, num_single_layers=1, attention_head_dim=6,
        num_attention_heads=2, joint_attention_dim=10, pooled_projection_dim=6, guidance_embeds=True,
        axes_dims_rope=(2, 2, 2))
    return seed_weights(model, seed=50)


BASE = tiny_transformer()
LINEARS = {name: module for name, module in BASE.named_modules() if isinstance(module, torch.nn.Linear)}


class Low:
    """One trained update: y += scale * (B (A x) + bias)."""

    def __init__(self, a, b, scale=1.0, bias=None):
        self.a, self.b, self.scale, self.bias = a, b, scale, bias

    @property
    def rank(self):
        return self.a.shape[0]


def low(rng, inputs, outputs, rank, scale=1.0, bias=False):
    b = torch.randn(outputs, rank, generator=rng) * 0.3
    return Low(torch.randn(rank, inputs, generator=rng) * 0.3, b, scale,
               torch.randn(outputs, generator=rng) * 0.3 if bias else None)


def low_for(rng, module, rank, scale=1.0, bias=False):
    linear = LINEARS[module]
    return low(rng, linear.in_features, linear.out_features, rank, scale, bias)


def config(updates, **more):
    anchored = {name: "^" + re.escape(name) for name in updates}
    stabilised = more.get("use_rslora", False)
    return LoraConfig(
        r=2, lora_alpha=2, target_modules="|".join(re.escape(name) for name in updates), init_lora_weights=False,
        rank_pattern={anchored[n]: u.rank for n, u in updates.items()},
        alpha_pattern={anchored[n]: u.scale * (u.rank ** 0.5 if stabilised else u.rank) for n, u in updates.items()},
        lora_bias=any(u.bias is not None for u in updates.values()), **more)


def fill(model, updates):
    """Puts the updates into a model that peft has prepared."""
    count = 0
    with torch.no_grad():
        for name, module in model.named_modules():
            bare = name.removeprefix("base_model.model.")
            if bare not in updates or not hasattr(module, "lora_A"):
                continue
            update = updates[bare]
            module.lora_A["default"].weight.copy_(update.a)
            module.lora_B["default"].weight.copy_(update.b)
            if update.bias is not None:
                module.lora_B["default"].bias.copy_(update.bias)
            assert abs(module.scaling["default"] - update.scale) < 1e-6, (name, module.scaling, update.scale)
            count += 1
    assert count == len(updates)
    return model


def save_merged(case, updates, replacements=None):
    """What peft's merge makes of the touched weights."""
    model = fill(inject_adapter_in_model(config(updates), copy.deepcopy(BASE)), updates)
    merged = dict(replacements or {})
    for name, module in model.named_modules():
        if name in updates and hasattr(module, "lora_A"):
            module.merge()
            merged[f"{name}.weight"] = module.base_layer.weight
            if updates[name].bias is not None:
                merged[f"{name}.bias"] = module.base_layer.bias
    save(ROOM, f"lora_{case}_merged", merged)


def peft_cases(rng):
    updates = {
        "x_embedder": low_for(rng, "x_embedder", 3, 0.5),
        "proj_out": low_for(rng, "proj_out", 2, 3.0),
        "transformer_blocks.0.attn.to_q": low_for(rng, "transformer_blocks.0.attn.to_q", 4, 2.0),
        "transformer_blocks.0.attn.to_out.0": low_for(rng, "transformer_blocks.0.attn.to_out.0", 2),
        "transformer_blocks.0.ff.net.0.proj": low_for(rng, "transformer_blocks.0.ff.net.0.proj", 2),
    } | {f"single_transformer_blocks.0.attn.to_{p}": low_for(rng, f"single_transformer_blocks.0.attn.to_{p}", 2)
         for p in "qkv"}
    model = fill(inject_adapter_in_model(config(updates), copy.deepcopy(BASE)), updates)
    layers = get_peft_model_state_dict(model)
    with tempfile.TemporaryDirectory() as folder:
        for case, metadata in (("peft", config(updates).to_dict()), ("peft_plain", None)):
            if metadata:
                metadata = {k: (sorted(v) if isinstance(v, set) else v) for k, v in metadata.items()
                            if k in LoraConfig.__dataclass_fields__ and not k.startswith("runtime")}
                json.dumps(metadata)
            FluxPipeline.save_lora_weights(folder, transformer_lora_layers=layers,
                                           transformer_lora_adapter_metadata=metadata)
            written = pathlib.Path(folder, "pytorch_lora_weights.safetensors")
            fixture_path(ROOM, f"lora_{case}").write_bytes(written.read_bytes())
    save_merged("peft", updates)
    for update in updates.values():  # nothing in the file says alpha, so it is the rank
        update.scale = 1.0
    save_merged("peft_plain", updates)


def peft_folder_case(rng):
    updates = {name: low_for(rng, name, rank, scale, bias=True) for name, rank, scale in (
        ("transformer_blocks.0.norm1.linear", 2, 1.5), ("single_transformer_blocks.0.proj_out", 3, 0.25))}
    model = fill(get_peft_model(copy.deepcopy(BASE), config(updates, use_rslora=True)), updates)
    folder = fixture_path(ROOM, "lora_peft_folder").with_suffix("")
    with tempfile.TemporaryDirectory() as scratch:
        model.save_pretrained(scratch)
        folder.mkdir(exist_ok=True)
        for name in ("adapter_model.safetensors", "adapter_config.json"):
            (folder / name).write_bytes(pathlib.Path(scratch, name).read_bytes())
    save_merged("peft_folder", updates)


QKV = [f"transformer_blocks.0.attn.{p}" for p in ("to_q", "to_k", "to_v")]
ADDED = [f"transformer_blocks.0.attn.{p}" for p in ("add_q_proj", "add_k_proj", "add_v_proj")]
LINEAR1 = [f"single_transformer_blocks.0.{p}" for p in ("attn.to_q", "attn.to_k", "attn.to_v", "proj_mlp")]


def split(update, parts):
    """A fused update as one update per part: A is shared, B falls apart by rows."""
    rows = [LINEARS[p].out_features for p in parts]
    biases = update.bias.split(rows) if update.bias is not None else [None] * len(parts)
    return {p: Low(update.a, b, update.scale, c) for p, b, c in zip(parts, update.b.split(rows), biases)}


def swapped(update):
    """Shift and scale change places between the layouts: rows of B, never of A."""
    half = update.b.shape[0] // 2
    turn = lambda t: None if t is None else torch.cat([t[half:], t[:half]])
    return Low(update.a, turn(update.b), update.scale, turn(update.bias))


def kohya(tensors, name, update, alpha):
    tensors[f"{name}.lora_down.weight"] = update.a
    tensors[f"{name}.lora_up.weight"] = update.b
    if alpha is not None:
        tensors[f"{name}.alpha"] = torch.tensor(float(alpha))


def kohya_case(rng):
    tensors, updates = {}, {}
    for name, parts, rank, alpha in (
        ("double_blocks_0_img_attn_qkv", QKV, 4, 2), ("double_blocks_0_txt_attn_qkv", ADDED, 3, None),
        ("double_blocks_0_img_attn_proj", ["transformer_blocks.0.attn.to_out.0"], 2, 5),
        ("double_blocks_0_img_mlp_0", ["transformer_blocks.0.ff.net.0.proj"], 2, 0),
        ("double_blocks_0_txt_mlp_2", ["transformer_blocks.0.ff_context.net.2"], 2, 1),
        ("double_blocks_0_img_mod_lin", ["transformer_blocks.0.norm1.linear"], 2, 1),
        ("single_blocks_0_linear1", LINEAR1, 4, 1), ("single_blocks_0_linear2", ["single_transformer_blocks.0.proj_out"], 2, 1),
        ("single_blocks_0_modulation_lin", ["single_transformer_blocks.0.norm.linear"], 2, 4),
        ("img_in", ["x_embedder"], 2, 2), ("vector_in_in_layer", ["time_text_embed.text_embedder.linear_1"], 2, 1),
        ("final_layer_linear", ["proj_out"], 2, 1),
    ):
        outputs = sum(LINEARS[p].out_features for p in parts)
        update = low(rng, LINEARS[parts[0]].in_features, outputs, rank, (alpha or rank) / rank)
        kohya(tensors, f"lora_unet_{name}", update, alpha)
        updates |= split(update, parts)
    update = low(rng, D, 2 * D, 2, 0.5)
    kohya(tensors, "lora_unet_final_layer_adaLN_modulation_1", update, 1)
    updates["norm_out.linear"] = swapped(update)
    save(ROOM, "lora_kohya", tensors, {"ss_network_module": "networks.lora_flux"})
    save_merged("kohya", updates)


def kohya_split_case(rng):
    """split_qkv: every part trained alone, then joined: A one below the other, B block-diagonal, alpha of one part."""
    tensors, updates = {}, {}
    for name, parts, rank, alpha in (("double_blocks_0_img_attn_qkv", QKV, 2, 1),
                                     ("double_blocks_0_txt_attn_qkv", ADDED, 2, None),
                                     ("single_blocks_0_linear1", LINEAR1, 2, 3)):
        each = [low_for(rng, p, rank, (alpha or rank) / rank) for p in parts]
        joined = Low(torch.cat([u.a for u in each]), torch.block_diag(*[u.b for u in each]))
        kohya(tensors, f"lora_unet_{name}", joined, alpha)
        updates |= dict(zip(parts, each))
    save(ROOM, "lora_kohya_split", tensors, {"ss_network_module": "networks.lora_flux",
                                             "ss_network_args": json.dumps({"split_qkv": "True"})})
    save_merged("kohya_split", updates)


def control_case(rng):
    tensors, updates, replacements = {}, {}, {}
    for name, parts, rank in (("double_blocks.0.img_attn.qkv", QKV, 3), ("double_blocks.0.txt_attn.qkv", ADDED, 3),
                              ("single_blocks.0.linear1", LINEAR1, 4), ("img_in", ["x_embedder"], 4),
                              ("final_layer.adaLN_modulation.1", ["norm_out.linear"], 3)):
        outputs = sum(LINEARS[p].out_features for p in parts)
        update = low(rng, LINEARS[parts[0]].in_features, outputs, rank, bias=True)
        tensors |= {f"{name}.lora_A.weight": update.a, f"{name}.lora_B.weight": update.b, f"{name}.lora_B.bias": update.bias}
        updates |= {parts[0]: swapped(update)} if parts == ["norm_out.linear"] else split(update, parts)
    for name, target in (("double_blocks.0.img_attn.norm.query_norm", "transformer_blocks.0.attn.norm_q"),
                         ("double_blocks.0.txt_attn.norm.key_norm", "transformer_blocks.0.attn.norm_added_k"),
                         ("single_blocks.0.norm.key_norm", "single_transformer_blocks.0.attn.norm_k")):
        tensors[f"{name}.scale"] = replacements[f"{target}.weight"] = torch.randn(6, generator=rng)
    save(ROOM, "lora_control", tensors)
    save_merged("control", updates, replacements)


def xlabs_case(rng):
    tensors = {}
    for name, inputs, outputs in (("double_blocks.0.processor.qkv_lora1", D, 3 * D), ("double_blocks.0.processor.qkv_lora2", D, 3 * D),
                                  ("double_blocks.0.processor.proj_lora1", D, D), ("double_blocks.0.processor.proj_lora2", D, D),
                                  ("single_blocks.0.processor.qkv_lora", D, 3 * D),
                                  ("single_blocks.0.processor.proj_lora", D + MLP, D)):
        update = low(rng, inputs, outputs, 2)
        tensors |= {f"{name}.down.weight": update.a, f"{name}.up.weight": update.b}
    save(ROOM, "lora_xlabs", tensors)
    converted = _convert_xlabs_flux_lora_to_diffusers(dict(tensors))
    modules = {k.removeprefix("transformer.").split(".lora_")[0] for k in converted}
    save_merged("xlabs", {m: Low(converted[f"transformer.{m}.lora_A.weight"], converted[f"transformer.{m}.lora_B.weight"])
                          for m in sorted(modules)})


def write():
    save(ROOM, "lora_base", BASE.state_dict())
    peft_cases(generator(51))
    peft_folder_case(generator(52))
    kohya_case(generator(53))
    kohya_split_case(generator(54))
    control_case(generator(55))
    xlabs_case(generator(56))


def check(path):
    """Reads an adapter that unidg saved with diffusers and says what it understood; run by hand with a file's name."""
    state, alphas, metadata = FluxPipeline.lora_state_dict(path, return_alphas=True, return_lora_metadata=True)
    model = copy.deepcopy(BASE)
    model.load_lora_adapter(state, network_alphas=alphas, metadata=metadata, prefix="transformer")
    return {n: m.scaling for n, m in model.named_modules() if hasattr(m, "lora_A")}
